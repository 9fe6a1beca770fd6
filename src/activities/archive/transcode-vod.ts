import { Context } from '@temporalio/activity';
import { DEFAULT_VIDEO_PROFILE } from '../../domain/video-profile';
import { makeLadder, type LadderProgress } from '../../media/ladder/make-ladder';
import { ensureVideoPostOfRoom, markPostLadder } from '../../store/video-posts';
import type { ArchiveSlowActivities } from '../types';
import { beating } from '../beating';
import { tellingFailures } from './failures';
import type { ArchiveParts } from './parts';

const BEGINNING: LadderProgress = { step: 'video', chunk: 0, chunks: 0, percent: 0 };

/**
 * Makes the VOD's renditions from the verified original. What is finished of an earlier attempt is kept; a cancellation kills
 * ffmpeg and keeps the finished chunks.
 */
export function createTranscodeVod(parts: ArchiveParts): ArchiveSlowActivities['transcodeVod'] {
  const { knex, layout, ffmpegPath, ffprobePath } = parts;
  return ({ appId, roomId }) =>
    beating(BEGINNING, (tell) =>
      tellingFailures(async () => {
        const post = await ensureVideoPostOfRoom(knex, { appId, roomId });
        const { renditions, durationMs } = await makeLadder({
          vodDir: layout.vodDir(post.name),
          profile: DEFAULT_VIDEO_PROFILE,
          ffmpegPath,
          ffprobePath,
          log: parts.log.child({ roomId, videoPostId: post.id }),
          signal: Context.current().cancellationSignal,
          onProgress: tell,
        });
        await markPostLadder(knex, post.id, renditions);
        return { renditions: renditions.map(({ name }) => name), durationMs };
      }),
    );
}
