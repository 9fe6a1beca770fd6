import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import type {
  PartRecord,
  SegmentRecord,
  TimelineIndex,
  TimelineTrack,
} from '../../../src/media/timeline/types';
import type { StorageLayout } from '../../../src/storage/layout';
import { ffmpeg } from '../../support/ffmpeg';

/** Broadcasts made by real ffmpeg: raw FLV recordings, segments, and the timeline's index that belongs to them. */

export interface SessionSpec {
  sessionId: string;
  seconds: number;
  video?: { size: string; gopSeconds?: number } | null;
  audio?: boolean;
  /** CMAF renditions instead of the copied source. */
  ladder?: boolean;
  /** Seconds of the session that nobody saw, before *go live*: a multiple of 2. */
  previewSeconds?: number;
}

const SEGMENT_SECONDS = 2;
const FRAME_RATE = 25;
const SAMPLE_RATE = 48_000;

/** Records and packages the sessions one after the other, with a pause of 10 s between them. */
export async function recordBroadcast(
  layout: StorageLayout,
  playbackName: string,
  specs: SessionSpec[],
): Promise<TimelineIndex> {
  const goLiveAt = Date.parse('2026-01-01T12:00:00Z');
  const index: TimelineIndex = {
    open: {
      type: 'open',
      version: 1,
      playbackName,
      mode: 'RTMP',
      goLiveAt: new Date(goLiveAt).toISOString(),
    },
    parts: [],
    segments: [],
    end: null,
  };
  let baseMs = 0;
  for (const spec of specs) {
    await recordSession(layout, spec);
    const packaged = await packageSession(layout, spec);
    const part: PartRecord = {
      type: 'part',
      part: index.parts.length,
      sessionId: spec.sessionId,
      sessionPart: 0,
      startedAt: new Date(goLiveAt + baseMs).toISOString(),
      baseMs,
      sessionStartMs: 0,
      tracks: packaged.tracks,
    };
    index.parts.push(part);
    for (const segment of packaged.segments) {
      if (segment.startMs + 1 < (spec.previewSeconds ?? 0) * 1000) continue;
      index.segments.push({
        ...segment,
        part: part.part,
        seq: index.segments.length,
        startMs: segment.startMs + baseMs,
      });
    }
    baseMs += spec.seconds * 1000 + 10_000;
  }
  index.end = { type: 'end', endedAt: new Date(goLiveAt + baseMs).toISOString() };
  return index;
}

async function recordSession(layout: StorageLayout, spec: SessionSpec): Promise<void> {
  await mkdir(layout.sessionDir(spec.sessionId), { recursive: true });
  const inputs: string[] = [];
  const video = spec.video === undefined ? { size: '160x90' } : spec.video;
  if (video)
    inputs.push(
      '-f',
      'lavfi',
      '-i',
      `testsrc2=size=${video.size}:rate=${FRAME_RATE}:duration=${spec.seconds}`,
    );
  if (spec.audio !== false) {
    inputs.push(
      '-f',
      'lavfi',
      '-i',
      `sine=frequency=440:sample_rate=${SAMPLE_RATE}:duration=${spec.seconds}`,
    );
  }
  const gop = String((video?.gopSeconds ?? SEGMENT_SECONDS) * FRAME_RATE);
  const x264 = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-pix_fmt',
    'yuv420p',
    '-g',
    gop,
    '-keyint_min',
    gop,
  ];
  await ffmpeg(
    ...inputs,
    ...(video ? [...x264, '-sc_threshold', '0'] : []),
    ...(spec.audio === false ? [] : ['-c:a', 'aac', '-b:a', '64k']),
    '-f',
    'flv',
    layout.rawRecording(spec.sessionId),
  );
}

interface Packaged {
  tracks: TimelineTrack[];
  segments: Omit<SegmentRecord, 'part' | 'seq'>[];
}

/** Segments by ffmpeg's dash muxer; its manifest says the times. */
async function packageSession(layout: StorageLayout, spec: SessionSpec): Promise<Packaged> {
  const hasVideo = spec.video !== null;
  const videoIds = !hasVideo ? [] : spec.ladder ? ['v720', 'v360'] : ['source'];
  const ids = [...videoIds, ...(spec.audio === false ? [] : ['audio'])];
  const dir = layout.partDir(spec.sessionId, 0);
  for (const id of ids) await mkdir(layout.trackDir(spec.sessionId, 0, id), { recursive: true });
  const codec = spec.ladder
    ? [
        '-fps_mode',
        'passthrough',
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-g',
        '50',
        '-sc_threshold',
        '0',
        '-s:v:0',
        '192x108',
        '-s:v:1',
        '96x54',
      ]
    : ['-c:v', 'copy'];
  const manifest = join(dir, 'manifest.mpd');
  await ffmpeg(
    '-i',
    layout.rawRecording(spec.sessionId),
    ...videoIds.flatMap(() => ['-map', '0:v']),
    ...(spec.audio === false ? [] : ['-map', '0:a', '-c:a', 'copy']),
    ...(hasVideo ? codec : []),
    ...['-f', 'dash', '-seg_duration', String(SEGMENT_SECONDS), '-use_template', '1', '-use_timeline', '1'],
    ...['-init_seg_name', 'track-$RepresentationID$-init.mp4'],
    ...['-media_seg_name', 'track-$RepresentationID$-$Number%05d$.m4s', manifest],
  );
  return adopt(layout, spec, ids, await readFile(manifest, 'utf8'));
}

interface Mpd {
  AdaptationSet:
    | { Representation: Representation | Representation[] }
    | { Representation: Representation | Representation[] }[];
}
interface Representation {
  '@_codecs': string;
  '@_width'?: string;
  '@_height'?: string;
  SegmentTemplate: { '@_timescale': string; SegmentTimeline: { S: Run | Run[] } };
}
interface Run {
  '@_t'?: string;
  '@_d': string;
  '@_r'?: string;
}

const listOf = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** Moves the muxer's files to where our packager puts them, and writes down what it said about them. */
async function adopt(
  layout: StorageLayout,
  spec: SessionSpec,
  ids: string[],
  manifest: string,
): Promise<Packaged> {
  const mpd = new XMLParser({ ignoreAttributes: false }).parse(manifest) as { MPD: { Period: Mpd } };
  const representations = listOf(mpd.MPD.Period.AdaptationSet).flatMap((set) => listOf(set.Representation));
  const tracks: TimelineTrack[] = [];
  const segments: Packaged['segments'] = [];
  for (const [at, id] of ids.entries()) {
    const representation = representations[at]!;
    const timescale = Number(representation.SegmentTemplate['@_timescale']);
    tracks.push(trackOf(id, representation, timescale));
    const dir = layout.partDir(spec.sessionId, 0);
    const target = layout.trackDir(spec.sessionId, 0, id);
    await rename(join(dir, `track-${at}-init.mp4`), join(target, 'init.mp4'));
    for (const [nth, { t, d }] of timesOf(representation).entries()) {
      const file = `${String(nth).padStart(6, '0')}.m4s`;
      await rename(join(dir, `track-${at}-${String(nth + 1).padStart(5, '0')}.m4s`), join(target, file));
      const { size: bytes } = await stat(join(target, file));
      // The muxer leaves a sliver of audio behind the last aligned boundary; our packager does not.
      if (at > 0 && nth >= segments.length) continue;
      segments[nth] ??= {
        type: 'segment',
        startMs: (t / timescale) * 1000,
        durationMs: (d / timescale) * 1000,
        tracks: {},
      };
      segments[nth].tracks[id] = { file, t, d, bytes };
    }
  }
  return { tracks, segments };
}

function trackOf(id: string, representation: Representation, timescale: number): TimelineTrack {
  const codec = representation['@_codecs'];
  if (id === 'audio') return { id, kind: 'audio', codec, channels: 1, sampleRate: SAMPLE_RATE, timescale };
  const width = Number(representation['@_width']);
  const height = Number(representation['@_height']);
  return { id, kind: 'video', codec, width, height, frameRate: FRAME_RATE, timescale };
}

function timesOf(representation: Representation): { t: number; d: number }[] {
  const times: { t: number; d: number }[] = [];
  let t = 0;
  for (const run of listOf(representation.SegmentTemplate.SegmentTimeline.S)) {
    if (run['@_t'] !== undefined) t = Number(run['@_t']);
    const d = Number(run['@_d']);
    for (let n = 0; n <= Number(run['@_r'] ?? 0); n += 1) {
      times.push({ t, d });
      t += d;
    }
  }
  return times;
}
