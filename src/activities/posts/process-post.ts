import { Context } from '@temporalio/activity';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../domain/errors';
import { makeLadder, type LadderProgress } from '../../media/ladder/make-ladder';
import { sizeOf } from '../../media/ladder/files';
import { inspectVideo, type InspectedVideo } from '../../media/upload/inspect-video';
import { prepareSource } from '../../media/upload/prepare-source';
import { PREPARED_FILE } from '../../media/vod/names';
import { readVideoPost, stepVideoPost } from '../../store/edit-video-posts';
import { videoProfileOf } from '../../store/video-profiles';
import { markPostLadder, type VideoPostRow } from '../../store/video-posts';
import type { ArchiveParts } from '../archive';
import { tellingFailures } from '../archive/failures';
import { beating } from '../beating';
import type { PostSlowActivities } from '../types';
import { makePostPictures } from './make-post-pictures';

type Progress = { step: 'preparing'; percent: number } | LadderProgress;

/**
 * Makes the renditions of an uploaded original, and a thumbnail and a preview where none was uploaded. What is finished of an
 * earlier attempt is kept.
 */
export function createProcessPost(parts: ArchiveParts): PostSlowActivities['processPost'] {
  const { knex, layout, ffmpegPath, ffprobePath } = parts;
  return ({ appId, videoPostId }) =>
    beating<Progress, { renditions: string[]; durationMs: number }>(
      { step: 'preparing', percent: 0 },
      (tell) =>
        tellingFailures(async () => {
          const post = await readVideoPost(knex, appId, videoPostId);
          await stepVideoPost(knex, videoPostId, 'processing');
          const signal = Context.current().cancellationSignal;
          const vodDir = layout.vodDir(post.name);
          const { source, inspected } = await prepared(parts, post, (percent) =>
            tell({ step: 'preparing', percent }),
          );
          const { renditions, durationMs } = await makeLadder({
            ...{ vodDir, source, hostile: true as const, ffmpegPath, ffprobePath, signal },
            profile: await videoProfileOf(knex, post.video_profile_id),
            log: parts.log.child({ videoPostId }),
            onProgress: tell,
          });
          if (inspected.video) await makePostPictures(parts, post, { source, durationMs, signal });
          await markPostLadder(knex, videoPostId, renditions);
          await stepVideoPost(knex, videoPostId, 'processing', { duration_ms: durationMs });
          return { renditions: renditions.map(({ name }) => name), durationMs };
        }),
    );
}

/** The MP4 that all is made of; one that is there is whole, and kept. */
async function prepared(
  { layout, ffmpegPath, ffprobePath }: ArchiveParts,
  post: VideoPostRow,
  onProgress: (percent: number) => void,
): Promise<{ source: string; inspected: InspectedVideo }> {
  const signal = Context.current().cancellationSignal;
  const dir = layout.vodDir(post.name);
  if (!post.files.src) throw new CodedError('RECORDING_DAMAGED', 'there is no original');
  const original = join(dir, post.files.src.file);
  const source = join(dir, PREPARED_FILE);
  const inspected = await inspectVideo(ffprobePath, original, signal);
  if ((await sizeOf(source)) === null)
    await prepareSource({ original, inspected, target: source, ffmpegPath, ffprobePath, signal, onProgress });
  return { source, inspected };
}

/** Nothing is made of it any more. */
export const removePrepared = ({ layout }: ArchiveParts, post: VideoPostRow): Promise<void> =>
  rm(join(layout.vodDir(post.name), PREPARED_FILE), { force: true });
