import { Context } from '@temporalio/activity';
import { CodedError } from '../../domain/errors';
import { inspectVideo } from '../../media/upload/inspect-video';
import { readVideoPost, setPostFile, stepVideoPost } from '../../store/edit-video-posts';
import { newestUpload } from '../../store/uploads';
import type { ArchiveParts } from '../archive';
import { tellingFailures } from '../archive/failures';
import { beating } from '../beating';
import type { PostSlowActivities } from '../types';
import { dropUpload, takeUpload } from './take-upload';

/**
 * The completed upload becomes the post's original, which plays from then on (QUEUED). Safe to repeat. Fails for good with
 * UPLOAD_REFUSED; the post is FAILED_UPLOAD then, and can be uploaded anew.
 */
export function createTakeSource(parts: ArchiveParts): PostSlowActivities['takeSource'] {
  const { knex } = parts;
  return ({ appId, videoPostId }) =>
    beating({ percent: 0 }, (tell) =>
      tellingFailures(async () => {
        const post = await readVideoPost(knex, appId, videoPostId);
        const upload = await newestUpload(knex, videoPostId, 'src');
        if (upload?.state !== 'COMPLETED') {
          if (post.files.src) return { bytes: post.files.src.bytes };
          throw new CodedError('UPLOAD_REFUSED', 'there is no completed upload');
        }
        const signal = Context.current().cancellationSignal;
        try {
          const { file, inspected } = await takeUpload(parts, {
            ...{ upload, post, stem: 'original', signal },
            onProgress: (percent) => tell({ percent }),
            inspect: (path) => inspectVideo(parts.ffprobePath, path, signal),
          });
          await setPostFile(knex, videoPostId, 'src', file);
          await stepVideoPost(knex, videoPostId, 'queued', {
            original_bytes: file.bytes,
            ...(inspected.durationMs === null ? {} : { duration_ms: inspected.durationMs }),
          });
          await dropUpload(parts, upload, { state: 'TAKEN' });
          return { bytes: file.bytes };
        } catch (error) {
          if (!(error instanceof CodedError) || error.code !== 'UPLOAD_REFUSED') throw error;
          await stepVideoPost(knex, videoPostId, 'uploadRefused', { failure: error.message });
          await dropUpload(parts, upload, { state: 'REFUSED', failure: error.detail ?? null });
          throw error;
        }
      }),
    );
}
