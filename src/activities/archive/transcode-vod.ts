import { Context } from '@temporalio/activity';
import { join } from 'node:path';
import { makeLadder, type LadderProgress } from '../../media/ladder/make-ladder';
import { ORIGINAL_FILE } from '../../media/vod/names';
import { videoProfileOf } from '../../store/video-profiles';
import { ensureVideoPostOfRoom, markPostLadder } from '../../store/video-posts';
import type { ArchiveSlowActivities } from '../types';
import { beating } from '../beating';
import { makePostPictures } from '../posts/make-post-pictures';
import { tellingFailures } from './failures';
import type { ArchiveParts } from './parts';

const BEGINNING: LadderProgress = { step: 'video', chunk: 0, chunks: 0, percent: 0 };

/**
 * Makes the VOD's renditions from the verified original, and a thumbnail and a preview. What is finished of an earlier attempt is kept; a cancellation kills
 * ffmpeg and keeps the finished chunks.
 */
export function createTranscodeVod(parts: ArchiveParts): ArchiveSlowActivities['transcodeVod'] {
  const { knex, layout, ffmpegPath, ffprobePath } = parts;
  return ({ appId, roomId }) =>
    beating(BEGINNING, (tell) =>
      tellingFailures(async () => {
        const post = await ensureVideoPostOfRoom(knex, { appId, roomId });
        const vodDir = layout.vodDir(post.name);
        const signal = Context.current().cancellationSignal;
        const { renditions, durationMs } = await makeLadder({
          vodDir,
          profile: await videoProfileOf(knex, post.video_profile_id),
          ffmpegPath,
          ffprobePath,
          log: parts.log.child({ roomId, videoPostId: post.id }),
          signal,
          onProgress: tell,
        });
        if (renditions.some(({ height }) => height !== null))
          await makePostPictures(parts, post, { source: join(vodDir, ORIGINAL_FILE), durationMs, signal });
        await markPostLadder(knex, post.id, renditions);
        return { renditions: renditions.map(({ name }) => name), durationMs };
      }),
    );
}
