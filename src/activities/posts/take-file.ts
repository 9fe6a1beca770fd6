import { Context } from '@temporalio/activity';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../domain/errors';
import { inspectImage } from '../../media/upload/inspect-image';
import { inspectVideo } from '../../media/upload/inspect-video';
import { readVideoPost, setPostFile } from '../../store/edit-video-posts';
import { findUpload } from '../../store/uploads';
import type { ArchiveParts } from '../archive';
import { tellingFailures } from '../archive/failures';
import { beating } from '../beating';
import type { PostSlowActivities } from '../types';
import { dropUpload, takeUpload } from './take-upload';

/**
 * An uploaded thumbnail or preview takes the place of the one that the post had. Safe to repeat. Fails for good with
 * UPLOAD_REFUSED; the post keeps what it had.
 */
export function createTakeFile(parts: ArchiveParts): PostSlowActivities['takeFile'] {
  const { knex, layout, ffprobePath } = parts;
  return ({ appId, videoPostId, uploadId }) =>
    beating({ percent: 0 }, (tell) =>
      tellingFailures(async () => {
        const post = await readVideoPost(knex, appId, videoPostId);
        const upload = await findUpload(knex, uploadId);
        if (!upload || upload.state !== 'COMPLETED' || upload.video_post_id !== videoPostId) return;
        const { kind } = upload;
        if (kind === 'src') throw new CodedError('UPLOAD_REFUSED', 'a source is taken in by its post');
        const signal = Context.current().cancellationSignal;
        try {
          const { file } = await takeUpload(parts, {
            // A name of its own: caches keep the old one under its own name.
            ...{ upload, post, signal, stem: `${kind}-${upload.id}` },
            onProgress: (percent) => tell({ percent }),
            inspect: (path) =>
              kind === 'thumbnail'
                ? inspectImage(parts, path, signal)
                : inspectMovie(ffprobePath, path, signal),
          });
          const before = await setPostFile(knex, videoPostId, kind, file);
          if (before) await rm(join(layout.vodDir(post.name), before.file), { force: true });
          await dropUpload(parts, upload, { state: 'TAKEN' });
        } catch (error) {
          if (!(error instanceof CodedError) || error.code !== 'UPLOAD_REFUSED') throw error;
          await dropUpload(parts, upload, { state: 'REFUSED', failure: error.detail ?? null });
          throw error;
        }
      }),
    );
}

async function inspectMovie(ffprobePath: string, path: string, signal: AbortSignal) {
  const found = await inspectVideo(ffprobePath, path, signal);
  if (!found.video) throw new CodedError('UPLOAD_REFUSED', 'a preview has a picture');
  return found;
}
