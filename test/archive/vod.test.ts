import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import * as HLS from 'hls-parser';
import { segmentFileName } from '../../src/media/packager/segment-files';
import type { SegmentRecord, TimelineIndex } from '../../src/media/timeline/types';
import { writeVod } from '../../src/media/vod/write';
import { StorageLayout } from '../../src/storage/layout';
import { linkSegments } from './support/browse';
import { recordBroadcast, type SessionSpec } from './support/recording';
import { decodeErrors, probe } from './support/run';

HLS.setOptions({ strictMode: true });
let root: string;
let layout: StorageLayout;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'showrunner-vod-'));
  layout = new StorageLayout(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function make(specs: SessionSpec[]): Promise<{ dir: string; index: TimelineIndex }> {
  const index = await recordBroadcast(layout, 'broadcast', specs);
  const dir = layout.vodDir('post');
  await writeVod(dir, index);
  await linkSegments(layout, dir, index);
  return { dir, index };
}

const parse = async (dir: string, name: string) => HLS.parse(await readFile(join(dir, name), 'utf8'));
const media = async (dir: string, name: string) => (await parse(dir, name)) as HLS.types.MediaPlaylist;
const master = async (dir: string) => (await parse(dir, 'master.m3u8')) as HLS.types.MasterPlaylist;
/** Seconds after *go live*. */
const onAir = (playlist: HLS.types.MediaPlaylist, at: number): number =>
  (playlist.segments[at]!.programDateTime!.getTime() - Date.parse('2026-01-01T12:00:00Z')) / 1000;
const secondsOf = (duration: string): number => Number(/^PT([\d.]+)S$/.exec(duration)?.[1]);
/** Segments that a template's timeline lists. */
const segmentCount = (template: any): number =>
  [template.SegmentTimeline.S].flat().reduce((sum, run) => sum + 1 + Number(run['@_r'] ?? 0), 0);
/** The same segment's files under later numbers and times. */
const filesOf = (model: SegmentRecord, seq: number): SegmentRecord['tracks'] =>
  Object.fromEntries(
    Object.entries(model.tracks).map(([id, file]) => [
      id,
      { ...file, file: segmentFileName(seq + 1), t: file.t + seq * file.d },
    ]),
  );
const ANY_FILE = ['-allowed_extensions', 'ALL'];

test('two sessions of RTMP mode: one playlist, a discontinuity, no pause', async () => {
  const { dir } = await make([
    { sessionId: 'one', seconds: 6, previewSeconds: 2 },
    { sessionId: 'two', seconds: 4 },
  ]);
  const video = await media(dir, 'source.m3u8');
  expect(video).toMatchObject({ playlistType: 'VOD', endlist: true, mediaSequenceBase: 0 });
  expect(video.segments.map((segment) => segment.uri)).toEqual([
    '0/source/000001.m4s',
    '0/source/000002.m4s',
    '1/source/000000.m4s',
    '1/source/000001.m4s',
  ]);
  expect(video.segments.map((segment) => segment.discontinuity ?? false)).toEqual([
    false,
    false,
    true,
    false,
  ]);
  expect(video.segments[0]!.map?.uri).toBe('0/source/init.mp4');
  expect(video.segments[2]!.map?.uri).toBe('1/source/init.mp4');
  expect(onAir(video, 0)).toBeCloseTo(2, 1);
  expect(onAir(video, 2)).toBeCloseTo(16, 1);
  expect(video.segments.reduce((sum, segment) => sum + segment.duration, 0)).toBeCloseTo(8, 1);
  const [variant] = (await master(dir)).variants;
  expect(variant).toMatchObject({
    uri: 'source.m3u8',
    resolution: { width: 160, height: 90 },
    frameRate: 25,
  });
  expect(variant!.codecs).toMatch(/^avc1\.[0-9a-f]{6},mp4a\.40\.2$/);
  expect(variant!.bandwidth).toBeGreaterThanOrEqual(variant!.averageBandwidth!);
  const probed = await probe(join(dir, 'master.m3u8'), ...ANY_FILE);
  expect(probed.streams.map((stream) => stream.codec_type).sort()).toEqual(['audio', 'video']);
  expect(Number(probed.format.duration)).toBeCloseTo(8, 0);
  expect(await decodeErrors(join(dir, 'source.m3u8'), ...ANY_FILE)).toEqual([]);
  expect(JSON.parse(await readFile(join(dir, 'source.json'), 'utf8'))).toEqual({ playbackName: 'broadcast' });
  expect((await readdir(dir)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('bandwidth is what the segments really weigh', async () => {
  const { dir, index } = await make([{ sessionId: 'one', seconds: 6 }]);
  const [variant] = (await master(dir)).variants;
  const bits = (id: string) =>
    index.segments.map((segment) => {
      const file = segment.tracks[id]!;
      const { timescale } = index.parts[0]!.tracks.find((track) => track.id === id)!;
      return (file.bytes * 8) / (file.d / timescale);
    });
  const peak = Math.max(...bits('source')) + Math.max(...bits('audio'));
  expect(variant!.bandwidth).toBeGreaterThanOrEqual(Math.floor(peak));
  expect(variant!.bandwidth).toBeLessThan(peak * 1.2);
});

test('the manifest has a Period a part, back to back, and plays', async () => {
  const { dir } = await make([
    { sessionId: 'one', seconds: 6, previewSeconds: 2, ladder: true },
    { sessionId: 'two', seconds: 4, ladder: true },
  ]);
  const xml = await readFile(join(dir, 'manifest.mpd'), 'utf8');
  const { MPD } = new XMLParser({ ignoreAttributes: false }).parse(xml);
  expect(MPD['@_type']).toBe('static');
  const [one, two] = MPD.Period.map((p: Record<string, string>) => ({
    at: secondsOf(p['@_start']!),
    is: secondsOf(p['@_duration']!),
  }));
  expect([one.at, Math.round(one.is), Math.round(two.is)]).toEqual([0, 4, 4]);
  expect(two.at).toBeCloseTo(one.at + one.is, 3);
  expect(secondsOf(MPD['@_mediaPresentationDuration'])).toBeCloseTo(two.at + two.is, 2);
  const [first] = MPD.Period[0].AdaptationSet;
  expect(first.Representation).toHaveLength(2);
  const template = first.Representation[0].SegmentTemplate;
  expect(Number(template['@_presentationTimeOffset']) / Number(template['@_timescale'])).toBeCloseTo(2, 1);
  expect(template).toMatchObject({
    '@_initialization': '0/v720/init.mp4',
    '@_media': '0/v720/$Number%06d$.m4s',
    '@_startNumber': '1',
  });
  expect(segmentCount(template)).toBe(2);
  const probed = await probe(join(dir, 'manifest.mpd'));
  expect(probed.streams.length).toBeGreaterThanOrEqual(3);
  expect(await decodeErrors(join(dir, 'manifest.mpd'))).toEqual([]);
});

test('a track that lacks segments in mid-part starts a further Period; one that comes late does not', async () => {
  const index = await recordBroadcast(layout, 'broadcast', [{ sessionId: 'one', seconds: 10 }]);
  delete index.segments[0]!.tracks['audio'];
  delete index.segments[3]!.tracks['audio'];
  const dir = layout.vodDir('post');
  await writeVod(dir, index);
  await linkSegments(layout, dir, index);
  const { MPD } = new XMLParser({ ignoreAttributes: false }).parse(
    await readFile(join(dir, 'manifest.mpd'), 'utf8'),
  );
  expect(MPD.Period.map((period: Record<string, string>) => period['@_id'])).toEqual(['0', '0.1']);
  const templates = MPD.Period.map((period: any) =>
    period.AdaptationSet.map((set: any) => set.Representation.SegmentTemplate),
  );
  const numbers = templates.map((sets: any[]) =>
    sets.map((template) => [Number(template['@_startNumber']), segmentCount(template)]),
  );
  const [first, second] = numbers;
  // Video and audio: the number of the first file, and how many follow.
  expect(first).toEqual([
    [0, 4],
    [1, 2],
  ]);
  expect(second).toEqual([
    [4, 1],
    [4, 1],
  ]);
  const [one, two] = MPD.Period.map((period: Record<string, string>) => secondsOf(period['@_duration']!));
  expect([Math.round(one), Math.round(two)]).toEqual([8, 2]);
  expect(secondsOf(MPD.Period[1]['@_start'])).toBeCloseTo(one, 2);
  expect(secondsOf(MPD['@_mediaPresentationDuration'])).toBeCloseTo(10, 1);
  expect(await decodeErrors(join(dir, 'manifest.mpd'))).toEqual([]);
});

test('parts with other tracks: each playlist covers every part, with what comes nearest', async () => {
  const { dir } = await make([
    { sessionId: 'one', seconds: 4 },
    { sessionId: 'two', seconds: 4, ladder: true },
  ]);
  const names = (await readdir(dir)).filter((name) => name.endsWith('.m3u8')).sort();
  expect(names).toEqual(['audio.m3u8', 'master.m3u8', 'source.m3u8', 'v360.m3u8', 'v720.m3u8']);
  const low = await media(dir, 'v360.m3u8');
  expect(low.segments.map((segment) => segment.uri.split('/').slice(0, 2).join('/'))).toEqual([
    '0/source',
    '0/source',
    '1/v360',
    '1/v360',
  ]);
});

test('audio only, and video only', async () => {
  const audio = await make([{ sessionId: 'one', seconds: 4, video: null }]);
  const [variant] = (await master(audio.dir)).variants;
  expect(variant).toMatchObject({ uri: 'audio.m3u8', codecs: 'mp4a.40.2' });
  expect((await probe(join(audio.dir, 'master.m3u8'), ...ANY_FILE)).streams.map((s) => s.codec_type)).toEqual(
    ['audio'],
  );
  await rm(root, { recursive: true });
  const video = await make([{ sessionId: 'two', seconds: 4, audio: false }]);
  expect((await master(video.dir)).variants[0]!.audio).toEqual([]);
  expect((await probe(join(video.dir, 'master.m3u8'), ...ANY_FILE)).streams.map((s) => s.codec_type)).toEqual(
    ['video'],
  );
});

test('a part without audio leaves a marked gap in the audio playlist', async () => {
  const { dir } = await make([
    { sessionId: 'one', seconds: 4 },
    { sessionId: 'two', seconds: 4, audio: false },
  ]);
  const text = await readFile(join(dir, 'audio.m3u8'), 'utf8');
  expect(text.match(/#EXT-X-GAP/g)).toHaveLength(2);
  expect(await decodeErrors(join(dir, 'source.m3u8'), ...ANY_FILE)).toEqual([]);
});

test('twelve hours are written with seconds of CPU time', async () => {
  const index = await recordBroadcast(layout, 'broadcast', [{ sessionId: 'one', seconds: 4, ladder: true }]);
  const [model] = index.segments;
  const nth = (seq: number) => ({ ...model!, seq, startMs: seq * 2000, tracks: filesOf(model!, seq) });
  const segments = Array.from({ length: 21_600 }, (_, seq) => nth(seq));
  // CPU time, not the clock's: other suites and servers share the cores.
  const before = process.cpuUsage();
  const written = await writeVod(layout.vodDir('long'), { ...index, segments });
  const { user } = process.cpuUsage(before);
  expect(written.segments).toBe(21_600);
  // 0.5 s on a free core; what would grow with the square of the segments takes minutes.
  expect(user / 1_000).toBeLessThan(10_000);
  const mpd = await readFile(join(layout.vodDir('long'), 'manifest.mpd'), 'utf8');
  expect(mpd.match(/<Period /g)).toHaveLength(1);
});
