import { within } from '../deadline';
import { STEP_TIMEOUT_MS, type Stage } from './stage';

/**
 * A second room, force-ended by its stream key as after a theft. forceEndToCut: from the API call until the server has
 * closed the encoder's connection. Then the old key must be refused.
 */
export async function playForcedEnd(stage: Stage): Promise<void> {
  const { report, api } = stage;
  const { room, watcher } = await stage.room('Showrunner demo, forced end');
  try {
    const key = await stage.streamKey();
    report.step('A second room, to be force-ended');
    await stage.publish(key);
    await stage.whileEncoding(watcher.reached('streamKey', 'ACTIVE', STEP_TIMEOUT_MS));
    watcher.saw(await api.goLive(room.id));
    report.step('Forcing the end');
    const askedAt = performance.now();
    const forced = api.forceTerminate(key.id);
    const cutAt = await inTime(stage.relay.time('closedAt'), 'the encoder was not cut');
    report.time('forceEndToCut', cutAt - askedAt);
    await forced;
    await watcher.reached('room', 'ENDED', STEP_TIMEOUT_MS);
    await inTime(stage.gone(), 'the encoder did not notice that it was cut');
    const { forciblyTerminated, videoPostId } = await api.room(room.id);
    if (!forciblyTerminated) throw new Error('the room does not say that it was forcibly terminated');
    if (videoPostId !== null) throw new Error('a forced end made a video post by itself');
    await inTime(newKeyThan(stage, key.streamKey), 'the stream key was not replaced');
    await refused(stage, key);
  } finally {
    await watcher.stop();
  }
}

async function newKeyThan(stage: Stage, oldKey: string): Promise<void> {
  while ((await stage.streamKey()).streamKey === oldKey)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

async function refused(stage: Stage, key: Parameters<Stage['publish']>[0]): Promise<void> {
  stage.report.step('Publishing with the old key');
  const accepted = await inTime(
    stage.publish(key).then(
      () => true,
      () => false,
    ),
    'the old key was neither accepted nor refused',
  );
  if (accepted) throw new Error('the old stream key was accepted');
  stage.report.step('  refused');
}

function inTime<T>(work: Promise<T>, otherwise: string): Promise<T> {
  return within(STEP_TIMEOUT_MS, work, () => new Error(`${otherwise} within ${STEP_TIMEOUT_MS} ms`));
}
