import { Context } from '@temporalio/activity';
import { createDeliverNext, type DeliverParts } from '../callbacks/deliver-next';
import { beatingWhenSlow } from './beating';
import type { CallbackActivities } from './types';

/** A worker that stops ends its attempts early; they are made again elsewhere, with the same ids. */
export function createDeliverCallback(parts: DeliverParts): CallbackActivities['deliverCallback'] {
  const deliverNext = createDeliverNext(parts);
  return beatingWhenSlow((line) => deliverNext(line, Context.current().cancellationSignal));
}
