import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CodedError } from '../../domain/errors';
import type { StorageLayout } from '../../storage/layout';
import { flvFileHeader } from '../flv';
import type { TimelineTrack } from '../timeline/types';
import { INIT_FILE } from '../vod/names';
import type { LiveRange } from './live-ranges';
import { cutStartMs, cutTags, headerTags, type RawCut } from './raw-cut';

/** A part's media as files of their own, for an encoder. Times are on the files' clock. */
export interface PartSource {
  video: string | null;
  audio: string | null;
  /** The instant in the files at which the part begins, and how long it is. */
  originSeconds: number;
  durationSeconds: number;
  width: number;
  height: number;
  frameRate: number;
}

const READ_BYTES = 1024 * 1024;

const facts = (range: LiveRange) => {
  const picture = bestVideo(range);
  return {
    durationSeconds: (range.endMs - range.startMs) / 1000,
    width: picture?.width ?? 0,
    height: picture?.height ?? 0,
    frameRate: picture?.frameRate ?? 0,
  };
};

/** Writes a raw cut into a file of its own. */
export async function sourceFromRaw(dir: string, cut: RawCut, signal: AbortSignal): Promise<PartSource> {
  const file = join(dir, `part-${cut.range.part.part}.flv`);
  const content = async function* () {
    yield flvFileHeader({ video: cut.videoFromMs !== null, audio: cut.audioFromMs !== null });
    yield* headerTags(cut.videoHeader, cut.audioHeader);
    yield* cutTags(cut, 0);
  };
  await pipeline(Readable.from(content(), { objectMode: false }), createWriteStream(file), { signal });
  return {
    ...facts(cut.range),
    video: cut.videoFromMs === null ? null : file,
    audio: cut.audioFromMs === null ? null : file,
    originSeconds: Math.max(0, (cut.range.startMs - cutStartMs(cut)) / 1000),
  };
}

/**
 * Joins a part's live segments into a file a track: for a raw recording that is missing or damaged.
 * Rejects with RECORDING_DAMAGED where the segments are gone as well.
 */
export async function sourceFromSegments(
  dir: string,
  layout: StorageLayout,
  range: LiveRange,
  signal: AbortSignal,
): Promise<PartSource> {
  const video = bestVideo(range);
  const audio = range.part.tracks.find((track) => track.kind === 'audio' && isUsed(range, track));
  const lead = video ?? audio;
  const first = lead && range.segments.find((segment) => segment.tracks[lead.id]);
  if (!lead || !first) throw new CodedError('RECORDING_DAMAGED', `part ${range.part.part} has no media`);
  const leadMs = first.startMs - range.segments[0]!.startMs;
  return {
    ...facts(range),
    video: video ? await joinTrack(dir, layout, range, video, signal) : null,
    audio: audio ? await joinTrack(dir, layout, range, audio, signal) : null,
    originSeconds: first.tracks[lead.id]!.t / lead.timescale - leadMs / 1000,
  };
}

const isUsed = (range: LiveRange, track: TimelineTrack): boolean =>
  range.segments.some((segment) => segment.tracks[track.id]);

function bestVideo(range: LiveRange): TimelineTrack | undefined {
  return range.part.tracks
    .filter((track) => track.kind === 'video' && isUsed(range, track))
    .sort((a, b) => (b.height ?? 0) - (a.height ?? 0))[0];
}

async function joinTrack(
  dir: string,
  layout: StorageLayout,
  range: LiveRange,
  track: TimelineTrack,
  signal: AbortSignal,
): Promise<string> {
  const { part, sessionId, sessionPart } = range.part;
  const from = layout.trackDir(sessionId, sessionPart, track.id);
  const names = [INIT_FILE, ...range.segments.flatMap((segment) => segment.tracks[track.id]?.file ?? [])];
  const content = async function* () {
    for (const name of names) yield* fileBytes(join(from, name));
  };
  const file = join(dir, `part-${part}-${track.id}.mp4`);
  await pipeline(Readable.from(content(), { objectMode: false }), createWriteStream(file), { signal }).catch(
    (error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT'
        ? new CodedError('RECORDING_DAMAGED', 'a live segment is missing')
        : error;
    },
  );
  return file;
}

async function* fileBytes(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
