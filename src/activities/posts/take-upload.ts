import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../domain/errors';
import { MEDIA_TYPES, type MediaExtension, type PostFile } from '../../domain/post-files';
import { assemble } from '../../media/upload/assemble';
import { finishFile, UNFINISHED_SUFFIX } from '../../storage/replace-file';
import { partsOf, setUploadState, type UploadRow } from '../../store/uploads';
import type { VideoPostRow } from '../../store/video-posts';
import type { ArchiveParts } from '../archive';

interface Taking<T> {
  upload: UploadRow;
  post: VideoPostRow;
  /** Its name without the end, which what is found in it decides. */
  stem: string;
  signal: AbortSignal;
  onProgress(percent: number): void;
  inspect(file: string): Promise<T & { extension: MediaExtension }>;
}

/**
 * Makes one file of a completed upload's parts, looks at it, and gives it its place in the post's folder, under a name that ends
 * as what was found in it says. Safe to repeat: the parts stay until `dropUpload`. Rejects with UPLOAD_REFUSED.
 */
export async function takeUpload<T>(
  { knex, layout }: ArchiveParts,
  { upload, post, stem, signal, onProgress, inspect }: Taking<T>,
): Promise<{ file: PostFile; inspected: T & { extension: MediaExtension } }> {
  const dir = layout.vodDir(post.name);
  await mkdir(dir, { recursive: true });
  const parts = (await partsOf(knex, upload.id)).map((part) => ({ ...part, number: part.part_number }));
  const unfinished = join(dir, `upload.${randomUUID()}${UNFINISHED_SUFFIX}`);
  try {
    await assemble(layout.uploadDir(upload.name), parts, unfinished, {
      signal,
      onBytes: (bytes) => onProgress(Math.floor((bytes / upload.bytes) * 100)),
    }).catch(partsLost);
    const inspected = await inspect(unfinished);
    const name = `${stem}.${inspected.extension}`;
    await finishFile(unfinished, join(dir, name));
    const contentType = MEDIA_TYPES[inspected.extension];
    return {
      file: { file: name, contentType, bytes: upload.bytes, originalName: upload.filename },
      inspected,
    };
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** A disk lost them: only another upload brings them back. */
function partsLost(error: NodeJS.ErrnoException): never {
  if (error.code === 'ENOENT') throw new CodedError('UPLOAD_REFUSED', 'its parts are lost');
  throw error;
}

/** The upload is over: its parts go, its row says how it ended, and why (null: there is no more to say). Safe to repeat. */
export async function dropUpload(
  { knex, layout }: ArchiveParts,
  upload: UploadRow,
  ending: { state: 'TAKEN' } | { state: 'REFUSED'; failure: string | null },
): Promise<void> {
  await rm(layout.uploadDir(upload.name), { recursive: true, force: true });
  await setUploadState(knex, upload.id, ending.state, ending.state === 'REFUSED' ? ending.failure : null);
}
