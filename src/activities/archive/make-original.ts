import { Context } from '@temporalio/activity';
import { makeOriginal } from '../../media/archive/make-original';
import { ensureVideoPostOfRoom, markPostOriginal, markPostProcessing } from '../../store/video-posts';
import type { ArchiveSlowActivities } from '../types';
import { beating } from '../beating';
import { broadcastIndex } from './broadcast-index';
import { tellingFailures } from './failures';
import type { ArchiveParts } from './parts';

/**
 * Makes and verifies the original MP4, beating with the progress in percent; a cancellation kills ffmpeg and leaves nothing
 * behind. An original that is there and verified is kept.
 */
export function createMakeOriginal(parts: ArchiveParts): ArchiveSlowActivities['makeOriginal'] {
  const { knex, layout, ffmpegPath, ffprobePath } = parts;
  return ({ appId, roomId, playbackName }) =>
    beating({ percent: 0 }, (tell) =>
      tellingFailures(async () => {
        const post = await ensureVideoPostOfRoom(knex, { appId, roomId });
        await markPostProcessing(knex, post.id);
        const original = await makeOriginal({
          layout,
          index: await broadcastIndex(layout, playbackName),
          vodDir: layout.vodDir(post.name),
          ffmpegPath,
          ffprobePath,
          log: parts.log.child({ roomId, videoPostId: post.id }),
          signal: Context.current().cancellationSignal,
          onProgress: (percent) => tell({ percent }),
        });
        await markPostOriginal(knex, post.id, original);
        return original;
      }),
    );
}
