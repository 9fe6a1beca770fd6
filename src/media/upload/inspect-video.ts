import { CodedError } from '../../domain/errors';
import type { MediaExtension } from '../../domain/post-files';
import { inputFlags, MAX_VIDEO_PIXELS } from '../ffmpeg/hostile';
import { probeUpload, type UploadProbe } from './probe-upload';

/** A day: nobody watches longer, and a header that claims more keeps the encoder busy for nothing. */
const MAX_DURATION_MS = 24 * 60 * 60_000;

/** What an uploaded movie is, by what our probe found in it. */
export interface InspectedVideo {
  /** Of the name that it gets. */
  extension: MediaExtension;
  /** Null where the file does not say: a browser's recorder does not know at its beginning how long it will run. */
  durationMs: number | null;
  video: { codec: string; width: number; height: number } | null;
  audio: { codec: string } | null;
}

const WEBM_CODECS: ReadonlySet<string> = new Set(['vp8', 'vp9', 'av1', 'opus', 'vorbis']);

/** Rejects with UPLOAD_REFUSED where it is no movie that we take, or as `probeUpload` does. */
export async function inspectVideo(
  ffprobePath: string,
  file: string,
  signal: AbortSignal,
): Promise<InspectedVideo> {
  const found = await probeUpload(ffprobePath, inputFlags(MAX_VIDEO_PIXELS), file, signal);
  const streams = found.streams ?? [];
  // A cover is no moving picture.
  const picture = streams.find((it) => it.codec_type === 'video' && it.disposition?.attached_pic !== 1);
  const sound = streams.find(({ codec_type }) => codec_type === 'audio');
  if (!picture?.codec_name && !sound?.codec_name)
    throw new CodedError('UPLOAD_REFUSED', 'it has neither a picture nor sound that we know');
  if (picture) refuseSize(picture.width ?? 0, picture.height ?? 0);
  const codecs = [picture, sound].flatMap((stream) => stream?.codec_name ?? []);
  return {
    extension: extensionOf(found, codecs, picture !== undefined),
    durationMs: durationOf(found),
    video: picture
      ? { codec: picture.codec_name ?? '', width: picture.width ?? 0, height: picture.height ?? 0 }
      : null,
    audio: sound ? { codec: sound.codec_name ?? '' } : null,
  };
}

function refuseSize(width: number, height: number): void {
  if (!(width > 0 && height > 0)) throw new CodedError('UPLOAD_REFUSED', 'its picture has no size');
  if (width * height > MAX_VIDEO_PIXELS)
    throw new CodedError('UPLOAD_REFUSED', `its picture of ${width}x${height} is too large`);
}

/** A file's own length and its tracks' need not agree: the longest is what we would have to read. */
function durationOf({ format, streams = [] }: UploadProbe): number | null {
  const told = [format?.duration, ...streams.map(({ duration }) => duration)].map(Number);
  const seconds = Math.max(0, ...told.filter((it) => it > 0));
  if (seconds === 0) return null;
  if (seconds * 1000 > MAX_DURATION_MS) throw new CodedError('UPLOAD_REFUSED', 'it is longer than 24 hours');
  return Math.round(seconds * 1000);
}

function extensionOf({ format }: UploadProbe, codecs: string[], hasPicture: boolean): MediaExtension {
  const names = (format?.format_name ?? '').split(',');
  if (names.includes('mov')) {
    if (format?.tags?.major_brand?.trim() === 'qt') return 'mov';
    return hasPicture ? 'mp4' : 'm4a';
  }
  if (names.includes('matroska')) return codecs.every((codec) => WEBM_CODECS.has(codec)) ? 'webm' : 'mkv';
  if (names.includes('mpegts')) return 'ts';
  if (names.includes('flv')) return 'flv';
  throw new CodedError('UPLOAD_REFUSED', 'its format is none that we take');
}
