import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CodedError } from '../../domain/errors';
import { finishFile, UNFINISHED_SUFFIX } from '../../storage/replace-file';

export interface StoredPart {
  /** From 1. */
  number: number;
  /** MD5 of its bytes in hex, as object stores have it. */
  etag: string;
  bytes: number;
}

/** Named by what is in it: the same part put again with other bytes does not touch the one that was counted. */
export const partFile = ({ number, etag }: Pick<StoredPart, 'number' | 'etag'>): string =>
  `${number}-${etag}`;

/**
 * Writes one part as it comes in: never more than `bytes` to disk, its name only once it is whole and on the platter. Rejects
 * with UPLOAD_PART_SIZE_MISMATCH, DISK_FULL, the stream's error or the signal's reason; then nothing is left.
 */
export async function storePart(
  dir: string,
  part: { number: number; bytes: number },
  content: Readable,
  signal: AbortSignal,
): Promise<StoredPart> {
  await mkdir(dir, { recursive: true });
  const unfinished = join(dir, `${part.number}.${randomUUID()}${UNFINISHED_SUFFIX}`);
  const hash = createHash('md5');
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > part.bytes) return done(new CodedError('UPLOAD_PART_SIZE_MISMATCH', 'it is longer'));
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    await pipeline(content, counted, createWriteStream(unfinished, { flags: 'wx' }), { signal });
    if (bytes !== part.bytes)
      throw new CodedError('UPLOAD_PART_SIZE_MISMATCH', `${bytes} of ${part.bytes} bytes came`);
    const stored = { number: part.number, etag: hash.digest('hex'), bytes };
    await finishFile(unfinished, join(dir, partFile(stored)));
    return stored;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw isDiskFull(error) ? new CodedError('DISK_FULL') : error;
  }
}

const isDiskFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
