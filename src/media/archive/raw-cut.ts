import type { MediaTag } from '../contract';
import { encodeTag, FlvReader } from '../flv';
import type { LiveRange } from './live-ranges';
import { RangeScan, type KeyFrameChoice, type TrackCut } from './range-scan';

/** Audio and video of a recording interleave closely; a tag this far behind the cut's end means that all of it was seen. */
const INTERLEAVE_MS = 10_000;

/** What a scan of the raw recording found within a live range. */
export interface RawCut {
  range: LiveRange;
  path: string;
  /** First timestamps to be taken, by kind; null where the range has no such tag. */
  videoFromMs: number | null;
  audioFromMs: number | null;
  /** Which of the file's frames are the cut's, by kind. */
  frames: Record<'video' | 'audio', TrackCut | null>;
  /** Just behind the last frame. */
  endMs: number;
  /** The payloads of the sequence headers in force, null where there is none. One each: a part has no others. */
  videoHeader: Buffer | null;
  audioHeader: Buffer | null;
  /** Payload bytes within the cut: what progress counts. */
  bytes: number;
}

export const cutStartMs = (cut: RawCut): number =>
  Math.min(cut.videoFromMs ?? Infinity, cut.audioFromMs ?? Infinity);

/**
 * Scans a raw recording for a live range. Null where nothing of the range is in it, or where its clock goes back within
 * the range: then the timestamps do not tell what was live.
 * Rejects with the file system's error (ENOENT where there is no recording).
 */
export async function scanRaw(
  path: string,
  range: LiveRange,
  choice: KeyFrameChoice,
): Promise<RawCut | null> {
  const scan = new RangeScan(range, choice);
  const reader = await FlvReader.open(path);
  let tags = 0;
  try {
    for await (const tag of reader.tags()) {
      if (tag.timestampMs > range.endMs + INTERLEAVE_MS) break;
      scan.take(tag, tags++);
    }
  } finally {
    await reader.close();
  }
  const { video, audio } = scan.result();
  if ((!video && !audio) || video === 'clock went back' || audio === 'clock went back') return null;
  return {
    range,
    path,
    frames: { video, audio },
    videoFromMs: video?.fromMs ?? null,
    audioFromMs: audio?.fromMs ?? null,
    endMs: Math.max(video?.endMs ?? -Infinity, audio?.endMs ?? -Infinity),
    videoHeader: video?.header ?? null,
    audioHeader: audio?.header ?? null,
    bytes: (video?.bytes ?? 0) + (audio?.bytes ?? 0),
  };
}

/** The cut's media as FLV tags, its first one at `baseMs`. Sequence headers are not among them: see `headerTags`. */
export async function* cutTags(cut: RawCut, baseMs: number): AsyncGenerator<Buffer> {
  const shift = baseMs - cutStartMs(cut);
  const reader = await FlvReader.open(cut.path);
  let at = -1;
  try {
    for await (const tag of reader.tags()) {
      if (tag.timestampMs > cut.range.endMs + INTERLEAVE_MS) break;
      at += 1;
      if (!isWithin(cut, tag, at)) continue;
      yield encodeTag({ kind: tag.kind, payload: tag.payload, timestampMs: tag.timestampMs + shift });
    }
  } finally {
    await reader.close();
  }
}

export function headerTags(video: Buffer | null, audio: Buffer | null): Buffer[] {
  const headers: Buffer[] = [];
  if (video) headers.push(encodeTag({ kind: 'video', timestampMs: 0, payload: video }));
  if (audio) headers.push(encodeTag({ kind: 'audio', timestampMs: 0, payload: audio }));
  return headers;
}

function isWithin(cut: RawCut, tag: MediaTag, at: number): boolean {
  if (tag.kind === 'script' || tag.isSequenceHeader) return false;
  const frames = cut.frames[tag.kind];
  if (!frames || at < frames.firstTag || at > frames.lastTag) return false;
  const fromMs = tag.kind === 'video' ? cut.videoFromMs : cut.audioFromMs;
  return fromMs !== null && tag.timestampMs >= fromMs && tag.timestampMs < cut.range.endMs;
}
