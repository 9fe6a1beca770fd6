import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { types } from 'hls-parser';
import { parse, setOptions } from 'hls-parser';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { LivePlaylists } from '../../../src/media/broadcast/live-playlists';
import { readTimeline } from '../../../src/media/timeline/read';
import type { PartRecord, TimelineIndex, TimelineTrack } from '../../../src/media/timeline/types';
import type { StorageLayout } from '../../../src/storage/layout';
import { ffprobe } from '../../support/ffmpeg';

setOptions({ strictMode: true });

/** Audio ends within half an AAC frame of a cut, and its priming starts one frame early. */
const AUDIO_TOLERANCE_S = 0.045;

export interface Probed {
  packets: { pts: number; dts: number; key: boolean }[];
  stderr: string;
  width?: number;
  height?: number;
}

/** Init and the given segments of one track as one file, read by ffprobe. */
export async function probeTrack(
  layout: StorageLayout,
  part: PartRecord,
  track: TimelineTrack,
  files: string[],
): Promise<Probed> {
  const dir = layout.trackDir(part.sessionId, part.sessionPart, track.id);
  const temp = await mkdtemp(join(tmpdir(), 'showrunner-probe-'));
  try {
    const whole = Buffer.concat(
      await Promise.all(['init.mp4', ...files].map((name) => readFile(join(dir, name)))),
    );
    const path = join(temp, 'track.mp4');
    await writeFile(path, whole);
    const { json, stderr } = await ffprobe(
      '-show_entries',
      'packet=pts_time,dts_time,flags:stream=width,height',
      path,
    );
    const packets = json.packets.map((packet: Record<string, string>) => ({
      pts: Number(packet.pts_time),
      dts: Number(packet.dts_time),
      key: packet.flags?.startsWith('K') ?? false,
    }));
    return { packets, stderr, width: json.streams[0].width, height: json.streams[0].height };
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

/** Everything that must hold of any timeline on disk, whatever happened to it. */
export async function verifyTimeline(layout: StorageLayout, playbackName: string): Promise<TimelineIndex> {
  const timeline = await readTimeline(layout.timeline(playbackName));
  if (!timeline) throw new Error('there is no timeline');
  expect(timeline.segments.map(({ seq }) => seq)).toEqual(timeline.segments.map((_, i) => i));
  expect(timeline.parts.map(({ part }) => part)).toEqual(timeline.parts.map((_, i) => i));
  let endMs = 0;
  for (const segment of timeline.segments) {
    expect(segment.startMs).toBeGreaterThanOrEqual(endMs - 20);
    expect(segment.durationMs).toBeGreaterThan(0);
    endMs = segment.startMs + segment.durationMs;
  }
  const reached = new Map<string, number>();
  for (const part of timeline.parts) {
    for (const track of part.tracks) await verifyTrack(layout, timeline, part, track, reached);
  }
  return timeline;
}

async function verifyTrack(
  layout: StorageLayout,
  timeline: TimelineIndex,
  part: PartRecord,
  track: TimelineTrack,
  reached: Map<string, number>,
): Promise<void> {
  const own = timeline.segments.filter((segment) => segment.part === part.part && segment.tracks[track.id]);
  for (const segment of own) {
    const file = segment.tracks[track.id]!;
    const dir = layout.trackDir(part.sessionId, part.sessionPart, track.id);
    expect((await stat(join(dir, file.file))).size).toBe(file.bytes);
    const startS = file.t / track.timescale;
    // Decode times rise over parts and sessions, and say what the index says.
    expect(startS).toBeGreaterThanOrEqual((reached.get(track.id) ?? 0) - 0.002);
    reached.set(track.id, startS + file.d / track.timescale);
    expect(Math.abs(startS - 10 - segment.startMs / 1000)).toBeLessThan(AUDIO_TOLERANCE_S);
  }
  const { packets, stderr } = await probeTrack(
    layout,
    part,
    track,
    own.map((one) => one.tracks[track.id]!.file),
  );
  expect(stderr).toBe('');
  expect(packets[0]?.key).toBe(true);
  const first = own[0]!.tracks[track.id]!;
  expect(packets[0]!.dts).toBeCloseTo(first.t / track.timescale, 2);
  packets.forEach((packet, i) => i > 0 && expect(packet.dts).toBeGreaterThan(packets[i - 1]!.dts));
}

export interface ParsedPlaylists {
  master: types.MasterPlaylist;
  media: Record<string, types.MediaPlaylist>;
  mpd: any;
}

/** Live playlists through a strict parser; each URI in them must be a file. */
export async function verifyPlaylists(playlists: LivePlaylists): Promise<ParsedPlaylists> {
  const master = parse((await playlists.master()) ?? '') as types.MasterPlaylist;
  const names = new Set(master.variants.map(({ uri }) => uri));
  for (const { audio } of master.variants) audio.forEach(({ uri }) => uri && names.add(uri));
  const media: Record<string, types.MediaPlaylist> = {};
  for (const name of names) {
    const track = name.replace('.m3u8', '');
    const playlist = parse((await playlists.media(track)) ?? '') as types.MediaPlaylist;
    media[track] = playlist;
    for (const { uri, map, duration } of playlist.segments) {
      expect(Math.round(duration)).toBeLessThanOrEqual(playlist.targetDuration);
      await expectFile(playlists, uri);
      if (map) await expectFile(playlists, map.uri);
    }
  }
  const [one, ...others] = Object.values(media);
  for (const other of others) {
    expect(other.mediaSequenceBase).toBe(one?.mediaSequenceBase);
    expect(other.segments.map(({ duration }) => duration)).toEqual(
      one?.segments.map(({ duration }) => duration),
    );
  }
  const text = (await playlists.mpd()) ?? '';
  expect(XMLValidator.validate(text)).toBe(true);
  const many = ['Period', 'AdaptationSet', 'Representation', 'S'];
  const mpd = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    isArray: (name) => many.includes(name),
  });
  return { master, media, mpd: mpd.parse(text).MPD };
}

async function expectFile(playlists: LivePlaylists, uri: string): Promise<void> {
  const [part, track, file] = uri.split('/') as [string, string, string];
  if (file === 'gap.m4s') return;
  const path =
    file === 'init.mp4'
      ? playlists.initFile(Number(part), track)
      : playlists.segmentFile(Number(part), track, file);
  expect(path).not.toBeNull();
  expect((await stat(path!)).size).toBeGreaterThan(0);
}
