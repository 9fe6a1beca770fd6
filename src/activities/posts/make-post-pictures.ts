import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../domain/errors';
import { MEDIA_TYPES, type MediaExtension, type PostFile } from '../../domain/post-files';
import { makePreview, makeThumbnail, type PictureRequest } from '../../media/upload/make-pictures';
import { readVideoPost, setPostFile } from '../../store/edit-video-posts';
import { previewProfileOf, thumbnailProfileOf } from '../../store/picture-profiles';
import type { VideoPostRow } from '../../store/video-posts';
import type { ArchiveParts } from '../archive';

interface Wanted {
  extension: MediaExtension;
  make(request: PictureRequest): Promise<number>;
}

const THUMBNAIL_EXTENSIONS = { JPEG: 'jpg', PNG: 'png' } as const;

/** As the post's profiles have them. */
async function wantedOf({ knex }: ArchiveParts, post: VideoPostRow): Promise<[PictureKind, Wanted][]> {
  const thumbnail = await thumbnailProfileOf(knex, post.thumbnail_profile_id);
  const preview = await previewProfileOf(knex, post.preview_profile_id);
  const extension = THUMBNAIL_EXTENSIONS[thumbnail.format];
  return [
    ['thumbnail', { extension, make: (request) => makeThumbnail(request, thumbnail) }],
    ['preview', { extension: 'mp4', make: (request) => makePreview(request, preview) }],
  ];
}

type PictureKind = 'thumbnail' | 'preview';

/**
 * A thumbnail and a preview where none was uploaded, by the post's profiles. A movie that gives none is no worse for it: the log tells, the post goes on.
 */
export async function makePostPictures(
  parts: ArchiveParts,
  post: VideoPostRow,
  movie: Pick<PictureRequest, 'source' | 'durationMs' | 'signal'>,
): Promise<void> {
  for (const [kind, { extension, make }] of await wantedOf(parts, post)) {
    const file = `${kind}.${extension}`;
    const contentType = MEDIA_TYPES[extension];
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
