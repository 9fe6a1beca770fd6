import { createReadStream, createWriteStream } from 'node:fs';
import { link, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CodedError } from '../../domain/errors';
import { partFile, type StoredPart } from './part-files';

/**
 * Writes an upload's parts, in order, into one new file, on the platter when it resolves; `onBytes` is told how much is written.
 * A failure leaves nothing. Rejects with UPLOAD_REFUSED where a part is not what was counted, the file system's error, or the
 * signal's reason.
 */
export async function assemble(
  dir: string,
  parts: readonly StoredPart[],
  target: string,
  options: { signal: AbortSignal; onBytes(bytes: number): void },
): Promise<void> {
  const [only] = parts;
  if (only && parts.length === 1) return linkOnly(join(dir, partFile(only)), target, only.bytes);
  try {
    let written = 0;
    await (await open(target, 'wx')).close();
    for (const part of parts) {
      written += await append(join(dir, partFile(part)), target, options.signal);
      options.onBytes(written);
    }
    const wanted = parts.reduce((sum, { bytes }) => sum + bytes, 0);
    if (written !== wanted) throw new CodedError('UPLOAD_REFUSED', 'its parts are not complete');
    const file = await open(target, 'r+');
    await file.datasync().finally(() => file.close());
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

/** A second name costs no copy; the part is on the platter already. */
async function linkOnly(from: string, target: string, bytes: number): Promise<void> {
  const { size } = await stat(from);
  if (size !== bytes) throw new CodedError('UPLOAD_REFUSED', 'its part is not complete');
  await link(from, target);
}

async function append(from: string, to: string, signal: AbortSignal): Promise<number> {
  const writer = createWriteStream(to, { flags: 'a' });
  await pipeline(createReadStream(from), writer, { signal });
  return writer.bytesWritten;
}
