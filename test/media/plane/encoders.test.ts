import { readFile } from 'node:fs/promises';
import { XMLValidator } from 'fast-xml-parser';
import { parse, type types } from 'hls-parser';
import type { OutputMode } from '../../../src/domain/output-mode';
import type { LivePlaylists } from '../../../src/media/broadcast/live-playlists';
import type { BroadcastRef, MediaTag } from '../../../src/media/contract';
import { DecodeOrder, FlvReader } from '../../../src/media/flv';
import { amf } from '../../support/rtmp-client';
import { openSession, play, shifted, sourceTags, stage, type OpenedSession, type Stage } from './harness';
import { probeTrack, verifyPlaylists, verifyTimeline } from './verify';

const MODES = ['RTMP', 'CMAF'] as const;
const now = (): string => new Date().toISOString();
/** Faster than an encoder, slow enough for two cores that others use as well; a copy is not encoded. */
const SPEED: Record<OutputMode, number> = { RTMP: 20, CMAF: 3, RTMP_CMAF: 3 };

let on: Stage;
beforeEach(async () => {
  on = await stage();
});
afterEach(() => on.close());

async function publish(mode: OutputMode, tags: MediaTag[], ref: BroadcastRef | null): Promise<OpenedSession> {
  const session = openSession(on.plane, mode, ref);
  await play(session.pipeline, tags, SPEED[mode]);
  await session.viewable;
  if (!ref) {
    const { sessionId, startedAt } = session.facts;
    await on.plane.openBroadcast({ playbackName: 'show', sessionId, goLiveAt: startedAt });
  }
  await session.pipeline.end('client_closed');
  expect(session.broken).toEqual([]);
  return session;
}

/** A show of one session after the other. */
async function show(mode: OutputMode, ...sessions: MediaTag[][]): Promise<OpenedSession[]> {
  const published: OpenedSession[] = [];
  for (const tags of sessions) {
    const goLiveAt = published[0]?.facts.startedAt;
    published.push(await publish(mode, tags, goLiveAt ? { playbackName: 'show', goLiveAt } : null));
  }
  await on.plane.closeBroadcast({ playbackName: 'show', endedAt: now() });
  return published;
}

const FIRST_PICTURES = 5;
/** Bytes 2 to 4 of a coded picture: composition time minus decode time, in ms, signed. */
const COMPOSITION_AT = 2;
const isPicture = ({ kind, payload }: MediaTag) => kind === 'video' && payload[1] === 1;
const compositionMs = ({ payload }: MediaTag) => payload.readIntBE(COMPOSITION_AT, 3);

/** The same pictures at the same times, decoded later: as encoders do that count from the first picture shown. */
function decodedLater(tags: MediaTag[], byMs: number): MediaTag[] {
  return tags.map((tag) => {
    if (!isPicture(tag)) return tag;
    const payload = Buffer.from(tag.payload);
    payload.writeIntBE(compositionMs(tag) - byMs, COMPOSITION_AT, 3);
    return { ...tag, payload, timestampMs: tag.timestampMs + byMs };
  });
}

describe('B-frames', () => {
  let tags: MediaTag[];
  beforeAll(async () => {
    tags = await sourceTags({ seconds: 5, bFrames: 3, audio: false });
  });

  test.each(MODES)(
    'whose composition times are below zero are stitched like any other (%s)',
    async (mode) => {
      const odd = decodedLater(tags, 100);
      expect(Math.min(...odd.filter(isPicture).map(compositionMs))).toBeLessThan(-50);
      const [first] = await show(mode, odd, shifted(odd, 3_600_000));
      const timeline = await verifyTimeline(on.layout, 'show');
      expect(timeline.parts).toHaveLength(2);
      const [track] = timeline.parts[0]!.tracks;
      const files = timeline.segments
        .filter(({ part }) => part === 0)
        .map(({ tracks }) => tracks[track!.id]!.file);
      const { packets } = await probeTrack(on.layout, timeline.parts[0]!, track!, files);
      const missing = odd.filter(isPicture).length - packets.length;
      // An encode at a fixed rate fills what the first few leave between them.
      expect(missing).toBeLessThanOrEqual(0);
      expect(missing).toBeGreaterThan(mode === 'RTMP' ? -1 : -FIRST_PICTURES);
      for (const { pts, dts } of packets) expect(pts).toBeGreaterThanOrEqual(dts);
      const shown = packets.map(({ pts }) => pts).sort((a, b) => a - b);
      const steps = shown.slice(1).map((pts, at) => pts - shown[at]!);
      // The first few tell how far back they reach.
      steps.slice(FIRST_PICTURES).forEach((step) => expect(step).toBeCloseTo(1 / 30, 2));
      const recorded = await FlvReader.open(on.layout.rawRecording(first!.facts.sessionId));
      for await (const tag of recorded.tags())
        if (isPicture(tag)) expect(compositionMs(tag)).toBeGreaterThanOrEqual(0);
      await recorded.close();
    },
  );

  test('sound is shown later by the same, and other streams stay as they are', () => {
    const order = new DecodeOrder();
    const [header] = tags;
    expect(tags.map((tag) => order.apply(tag))).toEqual(tags);
    const sound: MediaTag = { ...header!, kind: 'audio', timestampMs: 40, payload: Buffer.from([0xaf, 1]) };
    const late = decodedLater(tags, 100).filter(isPicture);
    const shownMs = (tag: MediaTag) => tag.timestampMs + compositionMs(tag);
    const shift = late.map((tag) => shownMs(order.apply(tag)) - shownMs(tag)).at(-1);
    expect(shift).toBeGreaterThan(50);
    expect(order.apply(sound).timestampMs).toBe(40 + shift!);
  });
});

describe('key frames', () => {
  const WARNING = 'the key frames of this encoder are far apart';

  test.each([
    [2, 0],
    [6, 1],
  ])('every %s s: warned about %s times, with how far', async (gopSeconds, times) => {
    await show('RTMP', await sourceTags({ seconds: 13, gopSeconds, audio: false }));
    const lines = on
      .warned()
      .split('\n')
      .filter((line) => line.includes(WARNING));
    expect(lines).toHaveLength(times);
    const { sinceKeyFrameMs = 0 } = JSON.parse(lines[0] ?? '{}') as { sinceKeyFrameMs?: number };
    expect(Math.round(sinceKeyFrameMs / 1_000)).toBe(times * 5);
  });
});

describe('metadata', () => {
  const claim = { width: 16, height: 16, framerate: 1_000, videocodecid: 2, audiocodecid: 2, duration: -1 };
  const lie = amf('onMetaData', { ...claim, hasVideo: true, hasAudio: true, stereo: true });
  const withMetadata = (tags: MediaTag[], payload: Buffer | null) =>
    tags.flatMap((tag) => (tag.kind !== 'script' ? [tag] : payload ? [{ ...tag, payload }] : []));

  test.each([
    ['RTMP', 'lies', lie],
    ['CMAF', 'lies', lie],
    ['RTMP', 'is missing', null],
    ['CMAF', 'is missing', null],
  ] as const)('(%s) that %s: the session is what its packets say', async (mode, _how, payload) => {
    const source = await sourceTags({ seconds: 4, audio: false });
    const tags = withMetadata(source, payload);
    const [session] = await show(mode, tags);
    const timeline = await verifyTimeline(on.layout, 'show');
    const tracks = timeline.parts[0]!.tracks.map(({ codec, width, height }) => [
      codec.slice(0, 4),
      width,
      height,
    ]);
    expect(tracks).toEqual([['avc1', 640, 360]]);
    if (mode === 'CMAF') {
      const { master } = await verifyPlaylists(on.plane.playlists('show')!);
      expect(master.variants.map(({ codecs }) => codecs)).toEqual(['avc1.64001e']);
    }
    const raw = on.layout.rawRecording(session!.facts.sessionId);
    const VIDEO_ONLY = 1;
    expect((await readFile(raw))[4]).toBe(VIDEO_ONLY);
    // Recorded as it came, for whoever wants to know what the encoder said.
    const reader = await FlvReader.open(raw);
    const kept: Buffer[] = [];
    for await (const tag of reader.tags()) if (tag.kind === 'script') kept.push(tag.payload);
    await reader.close();
    expect(kept).toEqual(payload ? [payload] : []);
  });
});

test('who reads at any moment finds whole playlists and whole files', async () => {
  const session = openSession(on.plane, 'CMAF');
  const tags = await sourceTags({ seconds: 8 });
  let isOver = false;
  const playing = play(session.pipeline, tags, SPEED.CMAF).finally(() => (isOver = true));
  await session.viewable;
  const { sessionId, previewName, startedAt } = session.facts;
  await on.plane.openBroadcast({ playbackName: 'show', sessionId, goLiveAt: startedAt });
  const newest = new Map<string, number[]>();
  while (!isOver) {
    for (const name of [previewName, 'show']) {
      const playlists = on.plane.playlists(name)!;
      const master = await playlists.master();
      if (!master) continue;
      const { variants } = parse(master) as types.MasterPlaylist;
      expect(XMLValidator.validate((await playlists.mpd())!)).toBe(true);
      for (const { uri } of variants) {
        const end = await readWhole(playlists, uri.replace('.m3u8', ''));
        newest.set(`${name}/${uri}`, [...(newest.get(`${name}/${uri}`) ?? []), end]);
      }
    }
    // Lets the packager have its turn; the next read comes at whatever moment that leaves.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await playing;
  await session.pipeline.end('client_closed');
  expect(newest.size).toBe(2);
  for (const ends of newest.values()) {
    expect(ends.length).toBeGreaterThan(20);
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
    expect(ends.at(-1)).toBeGreaterThan(ends[0]!);
  }
});

/** A rendition's playlist with each of its files as long as its boxes say; answers how far it reaches. */
async function readWhole(playlists: LivePlaylists, track: string): Promise<number> {
  const { segments, mediaSequenceBase = 0 } = parse((await playlists.media(track))!) as types.MediaPlaylist;
  expect(segments.length).toBeGreaterThan(0);
  for (const { uri } of segments) {
    const [part, , file] = uri.split('/') as [string, string, string];
    const bytes = await readFile(playlists.segmentFile(Number(part), track, file)!);
    const kinds: string[] = [];
    let at = 0;
    // What is still being written would end within a box.
    for (; at < bytes.length; at += bytes.readUInt32BE(at))
      kinds.push(bytes.toString('latin1', at + 4, at + 8));
    expect([at, kinds]).toEqual([bytes.length, expect.arrayContaining(['moof', 'mdat'])]);
  }
  return mediaSequenceBase + segments.length;
}
