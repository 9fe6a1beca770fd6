import { open } from 'node:fs/promises';
import { CodedError } from '../../domain/errors';
import type { MediaExtension } from '../../domain/post-files';
import { runFfmpeg } from '../archive/ffmpeg-job';
import { inputFlags, MAX_IMAGE_PIXELS } from '../ffmpeg/hostile';
import { LOG_FLAGS } from '../ffmpeg/stderr';
import { probeUpload } from './probe-upload';

interface ImageFormat {
  extension: MediaExtension;
  demuxer: string;
  codec: string;
  looksSo(head: Buffer): boolean;
}

/** An SVG is a document that runs programs, so it is none of these. */
const FORMATS: readonly ImageFormat[] = [
  {
    extension: 'jpg',
    demuxer: 'jpeg_pipe',
    codec: 'mjpeg',
    looksSo: (head) => head.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])),
  },
  {
    extension: 'png',
    demuxer: 'png_pipe',
    codec: 'png',
    looksSo: (head) => head.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')),
  },
  {
    extension: 'webp',
    demuxer: 'webp_pipe',
    codec: 'webp',
    looksSo: (head) => head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP',
  },
];
const HEAD_BYTES = 16;
/** Decoding one picture of the largest size takes a second. */
const DECODE_DEADLINE_MS = 60_000;

/**
 * What an uploaded picture is: JPEG, PNG or WebP that decodes, of a size that we show. Rejects with UPLOAD_REFUSED for
 * anything else, or as `probeUpload` does.
 */
export async function inspectImage(
  tools: { ffmpegPath: string; ffprobePath: string },
  file: string,
  signal: AbortSignal,
): Promise<{ extension: MediaExtension }> {
  const head = await headOf(file);
  const format = FORMATS.find((it) => it.looksSo(head));
  if (!format) throw new CodedError('UPLOAD_REFUSED', 'it is no JPEG, PNG or WebP');
  // By its own demuxer, and no other: nothing is guessed.
  const flags = [...inputFlags(MAX_IMAGE_PIXELS, format.demuxer), '-f', format.demuxer];
  const { streams = [] } = await probeUpload(tools.ffprobePath, flags, file, signal);
  const { width = 0, height = 0, codec_name: codec } = streams[0] ?? {};
  if (codec !== format.codec || !(width > 0 && height > 0))
    throw new CodedError('UPLOAD_REFUSED', 'it has no picture');
  if (width * height > MAX_IMAGE_PIXELS)
    throw new CodedError('UPLOAD_REFUSED', `its picture of ${width}x${height} is too large`);
  await decode(tools.ffmpegPath, [...flags, '-i', file], signal);
  return { extension: format.extension };
}

async function decode(path: string, input: string[], signal: AbortSignal): Promise<void> {
  const args = [...LOG_FLAGS, '-xerror', ...input, '-frames:v', '1', '-f', 'null', '-'];
  try {
    await runFfmpeg({ path, args, output: null, signal, hostile: { deadlineMs: DECODE_DEADLINE_MS } });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw new CodedError('UPLOAD_REFUSED', 'its picture can not be decoded');
  }
}

async function headOf(file: string): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
