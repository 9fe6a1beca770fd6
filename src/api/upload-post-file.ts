import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import {
  bareETag,
  partSizes,
  UPLOAD_URL_SECONDS,
  uploadAddressText,
  uploadUrl,
  type UploadKind,
} from '../domain/upload';
import { awaitsUpload } from '../domain/video-post-state';
import { stepVideoPost, withVideoPost } from '../store/edit-video-posts';
import { newestUpload, openUpload, partsOf, setUploadState, type UploadRow } from '../store/uploads';
import type { ApiDeps } from './deps';

interface Target {
  appId: number;
  videoPostId: number;
  kind: UploadKind;
}

interface Announced {
  filename: string;
  size: number;
  contentType: string;
  multipartCount?: number | null;
}

/**
 * Signed addresses for every part. Asked again for the same file they are renewed, and finished parts stay.
 * Errors: VIDEO_POST_NOT_FOUND, VIDEO_POST_STATE_NOT_AWAITING_UPLOAD.
 */
export async function requestUploadUrls(
  { knex, vault, bases }: ApiDeps,
  target: Target,
  announced: Announced,
): Promise<{ partNumber: number; uploadUrl: string }[]> {
  const sizes = partSizes(announced.size, announced.multipartCount ?? 1);
  const upload = await withVideoPost(knex, target.appId, target.videoPostId, (trx, post) => {
    if (target.kind === 'src' && (post.type !== 'PRE_RECORDED' || !awaitsUpload(post.state)))
      throw new CodedError('VIDEO_POST_STATE_NOT_AWAITING_UPLOAD');
    const { filename, size: bytes, contentType } = announced;
    return openUpload(trx, { ...target, filename, contentType, bytes, partCount: sizes.length });
  });
  const expiresAt = Math.floor(Date.now() / 1000) + UPLOAD_URL_SECONDS;
  return sizes.map((bytes, at) => {
    const address = { upload: upload.name, part: at + 1, bytes, expiresAt };
    const signature = vault.signUpload(uploadAddressText(address));
    return { partNumber: at + 1, uploadUrl: uploadUrl(bases.http, address, signature) };
  });
}

interface NamedPart {
  partNumber: number;
  eTag: string;
}

/**
 * All parts are there: the post is UPLOADED, and its workflow is started. Where that can't be reached the post says
 * FAILED_QUEUING, and the caller is told that the upload is complete: a retry takes it up. Repeated, nothing changes, and the
 * caller is told where the file was refused meanwhile.
 * Errors: VIDEO_POST_NOT_FOUND, UPLOAD_NOT_FOUND, UPLOAD_PARTS_MISMATCH, UPLOAD_REFUSED.
 */
export async function completeUpload(deps: ApiDeps, target: Target, named: NamedPart[]): Promise<void> {
  const { knex, posts, log } = deps;
  const { appId, videoPostId, kind } = target;
  const completed = await withVideoPost(knex, appId, videoPostId, async (trx, post) => {
    const upload = await newestUpload(trx, videoPostId, kind);
    if (!upload) throw new CodedError('UPLOAD_NOT_FOUND');
    if (upload.state === 'REFUSED') throw new CodedError('UPLOAD_REFUSED', upload.failure ?? undefined);
    await checkParts(trx, upload, named);
    if (upload.state !== 'OPEN') return null;
    if (kind === 'src' && !awaitsUpload(post.state)) throw new CodedError('UPLOAD_NOT_FOUND');
    await setUploadState(trx, upload.id, 'COMPLETED');
    if (kind === 'src') await stepVideoPost(trx, videoPostId, 'uploaded');
    return upload;
  });
  if (!completed) return;
  try {
    if (kind === 'src') await posts.processPost({ appId, videoPostId });
    else await posts.takePostFile({ appId, videoPostId, uploadId: completed.id });
  } catch (error) {
    log.warn({ err: error, videoPostId }, 'an upload is complete and could not be queued');
    if (kind === 'src')
      await stepVideoPost(knex, videoPostId, 'queuingFailed', {
        failure: error instanceof CodedError ? error.code : 'CONTROL_PLANE_UNAVAILABLE',
      });
  }
}

/** Every part is named, once or more, and as it was counted. */
async function checkParts(trx: Knex, upload: UploadRow, named: NamedPart[]): Promise<void> {
  // Nobody puts a part between this look and the completion: putting one shares this lock.
  await trx('uploads').where({ id: upload.id }).forUpdate().first('id');
  const parts = new Map((await partsOf(trx, upload.id)).map((part) => [part.part_number, part.etag]));
  if (parts.size !== upload.part_count)
    throw new CodedError('UPLOAD_PARTS_MISMATCH', `${parts.size} of ${upload.part_count} parts are there`);
  for (const { partNumber, eTag } of named) {
    if (parts.get(partNumber) !== bareETag(eTag))
      throw new CodedError('UPLOAD_PARTS_MISMATCH', `part ${partNumber} has another ETag, or is none`);
  }
  const told = new Set(named.map(({ partNumber }) => partNumber));
  if (told.size !== upload.part_count)
    throw new CodedError('UPLOAD_PARTS_MISMATCH', `${told.size} of ${upload.part_count} parts are named`);
}
