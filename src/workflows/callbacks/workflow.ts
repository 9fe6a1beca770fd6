import {
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { CallbackStep } from '../../activities/types';
import { wakeCallbacksSignal, type CallbackInput } from '../messages';
import { callbackActivities } from '../proxies';
import { appIdAttribute, roomIdAttribute } from '../search-attributes';

/**
 * Delivers one line of callbacks (a room's, a key's, a post's) in order, one at a time. What is to be delivered and what was
 * tried stands in Postgres; this is who is at it. Completes when nothing waits; whoever tells of a callback starts it.
 */
export async function callbackWorkflow(line: CallbackInput): Promise<void> {
  let isWoken = true;
  setHandler(wakeCallbacksSignal, () => {
    isWoken = true;
  });
  upsertSearchAttributes([
    { key: appIdAttribute, value: String(line.appId) },
    ...(line.entity === 'videoRoom' ? [{ key: roomIdAttribute, value: String(line.entityId) }] : []),
  ]);
  for (;;) {
    isWoken = false;
    const step = await callbackActivities.deliverCallback(line);
    // Told of something while it looked: what it saw may be old.
    if (step.kind === 'idle' && !isWoken) return;
    if (step.kind === 'wait') await waitFor(step, () => isWoken);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof callbackWorkflow>(line);
  }
}

/** A new callback ends no wait of the one before it: then the next look says how long is left. */
async function waitFor({ waitMs }: CallbackStep & { kind: 'wait' }, isWoken: () => boolean): Promise<void> {
  setCurrentDetails(
    `the receiver did not take a callback; next attempt in ${Math.ceil(waitMs / 1_000)} s. Its log: GET /callbacks/deliveries`,
  );
  await condition(isWoken, waitMs);
}
