import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../domain/errors';
import { MEDIA_TYPES, type PostFile } from '../../domain/post-files';
import { makePreview, makeThumbnail, type PictureRequest } from '../../media/upload/make-pictures';
import { readVideoPost, setPostFile } from '../../store/edit-video-posts';
import type { VideoPostRow } from '../../store/video-posts';
import type { ArchiveParts } from '../archive';

const MADE = {
  thumbnail: { file: 'thumbnail.jpg', contentType: MEDIA_TYPES.jpg, make: makeThumbnail },
  preview: { file: 'preview.mp4', contentType: MEDIA_TYPES.mp4, make: makePreview },
} as const;

/**
 * A thumbnail and a preview where none was uploaded. A movie that gives none is no worse for it: the log tells, the post goes on.
 */
export async function makePostPictures(
  parts: ArchiveParts,
  post: VideoPostRow,
  movie: Pick<PictureRequest, 'source' | 'durationMs' | 'signal'>,
): Promise<void> {
  for (const kind of ['thumbnail', 'preview'] as const) {
    const { file, contentType, make } = MADE[kind];
    const target = join(parts.layout.vodDir(post.name), file);
    try {
      await make({ ...movie, target, ffmpegPath: parts.ffmpegPath });
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'RECORDING_DAMAGED') throw error;
      parts.log.warn({ err: error, videoPostId: post.id, kind }, 'no picture could be made of a post');
      continue;
    }
    const made: PostFile = { file, contentType, bytes: (await stat(target)).size, originalName: file };
    // Uploaded meanwhile: that one counts.
    const { files } = await readVideoPost(parts.knex, post.app_id, post.id);
    if (!files[kind] || files[kind].file === file) await setPostFile(parts.knex, post.id, kind, made);
  }
}
