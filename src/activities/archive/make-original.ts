import { Context } from '@temporalio/activity';
import { makeOriginal } from '../../media/archive/make-original';
import { ensureVideoPostOfRoom, markPostOriginal, markPostProcessing } from '../../store/video-posts';
import type { ArchiveSlowActivities } from '../types';
import { broadcastIndex } from './broadcast-index';
import { tellingFailures } from './failures';
import type { ArchiveParts } from './parts';

/** Well below the heartbeat timeout of 20 s (workflows/proxies.ts); also how soon a cancellation is heard. */
const HEARTBEAT_INTERVAL_MS = 2_000;

/**
 * Makes and verifies the original MP4. Beats from a ticker of its own, with the progress in percent; a cancellation kills
 * ffmpeg and leaves nothing behind. An original that is there and verified is kept.
 */
export function createMakeOriginal(parts: ArchiveParts): ArchiveSlowActivities['makeOriginal'] {
  const { knex, layout, ffmpegPath, ffprobePath } = parts;
  return ({ appId, roomId, playbackName }) => {
    const context = Context.current();
    let percent = 0;
    const beat = () => context.heartbeat({ percent });
    const ticker = setInterval(beat, HEARTBEAT_INTERVAL_MS);
    beat();
    return tellingFailures(async () => {
      const post = await ensureVideoPostOfRoom(knex, { appId, roomId });
      await markPostProcessing(knex, post.id);
      const original = await makeOriginal({
        layout,
        index: await broadcastIndex(layout, playbackName),
        vodDir: layout.vodDir(post.name),
        ffmpegPath,
        ffprobePath,
        log: parts.log.child({ roomId, videoPostId: post.id }),
        signal: context.cancellationSignal,
        onProgress: (now) => (percent = now),
      });
      await markPostOriginal(knex, post.id, original);
      beat();
      return original;
    }).finally(() => clearInterval(ticker));
  };
}
