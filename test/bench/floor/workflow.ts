import { condition, defineSignal, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';
import type { FloorActivities } from './place';

export const noopUpdate = defineUpdate<void, []>('noop');
export const insertUpdate = defineUpdate<void, []>('insert');
export const endSignal = defineSignal('end');

const { insert } = proxyActivities<FloorActivities>({ startToCloseTimeout: '10s' });

/** The least that a durable command can be: an Update that answers at once, and one that writes one row first. */
export async function floorWorkflow(): Promise<void> {
  let isOver = false;
  setHandler(noopUpdate, () => undefined);
  setHandler(insertUpdate, () => insert());
  setHandler(endSignal, () => {
    isOver = true;
  });
  await condition(() => isOver);
}
