import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaTag } from '../../../src/media/contract';
import { BroadcastFeed, encodedTag, SessionFeed } from '../../../src/media/feed';
import { ffprobe } from '../../support/ffmpeg';
import { until } from '../../support/until';
import { makeClip, readTags, tempFolder, type ClipOptions } from '../flv/clips';
import { Collector } from './collector';

const MB = 1024 * 1024;

let folder: Awaited<ReturnType<typeof tempFolder>>;
/** 3 s, a key frame each second; and another encoder's: other size, other clock. */
let clip: MediaTag[];
let other: MediaTag[];
let voice: MediaTag[];
beforeAll(async () => {
  folder = await tempFolder();
  clip = await clipTags('clip.flv', { seconds: 3 });
  const laterClock = (tag: MediaTag): MediaTag => ({ ...tag, timestampMs: tag.timestampMs + 7_000_000 });
  other = (await clipTags('other.flv', { seconds: 2, size: '426x240' })).map(laterClock);
  voice = await clipTags('voice.flv', { seconds: 4, video: false });
});
afterAll(() => folder.remove());

/** Without ffmpeg's "end of sequence", which feeds leave out. */
async function clipTags(name: string, options: ClipOptions): Promise<MediaTag[]> {
  const tags = await readTags(await makeClip(join(folder.path, name), options));
  return tags.filter((tag) => !(tag.kind === 'video' && tag.payload[1] === 2));
}

/** From the first key frame on: what a viewer can be shown. */
const shown = (tags: MediaTag[]): MediaTag[] =>
  frames(tags).slice(frames(tags).findIndex((t) => t.isKeyFrame));
const frames = (tags: MediaTag[]): MediaTag[] =>
  tags.filter((t) => t.kind !== 'script' && !t.isSequenceHeader);
const indexOfKey = (tags: MediaTag[], n: number): number =>
  tags.flatMap((tag, i) => (tag.isKeyFrame && !tag.isSequenceHeader ? [i] : []))[n]!;
const play = (feed: SessionFeed, tags: MediaTag[]): void => tags.forEach((tag) => feed.write(tag));

function expectMonotonic(tags: MediaTag[]): void {
  for (const kind of ['audio', 'video']) {
    const times = tags.filter((tag) => tag.kind === kind).map((tag) => tag.timestampMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  }
}

describe('a session feed', () => {
  test('a viewer from the start gets headers and every frame', () => {
    const feed = new SessionFeed('RTMP');
    const viewer = new Collector();
    feed.subscribe(viewer);
    play(feed, clip);
    expect(viewer.shape).toMatch(/^s[VA]{2}K/);
    expect(viewer.frames).toEqual(shown(clip));
  });

  test('a late viewer gets headers and the GOP cache at once, with the key frame first', () => {
    const feed = new SessionFeed('RTMP');
    const cut = indexOfKey(clip, 2) + 10;
    play(feed, clip.slice(0, cut));
    const viewer = new Collector();
    feed.subscribe(viewer);
    expect(viewer.frames).toEqual(clip.slice(indexOfKey(clip, 2), cut));
    expect(viewer.shape).toMatch(/^sVAK/);
    const startMs = viewer.frames[0]!.timestampMs;
    expect(viewer.tags.slice(0, 4).map((t) => t.timestampMs)).toEqual([0, startMs, startMs, startMs]);
    play(feed, clip.slice(cut));
    expect(viewer.frames).toEqual(clip.slice(indexOfKey(clip, 2)));
  });

  test('viewers share the tag objects, so each tag is encoded once', () => {
    const feed = new SessionFeed('RTMP');
    const [a, b] = [new Collector(), new Collector()];
    feed.subscribe(a);
    feed.subscribe(b);
    play(feed, clip);
    a.frames.forEach((tag, i) => expect(b.frames[i]).toBe(tag));
    expect(encodedTag(a.frames[3]!)).toBe(encodedTag(b.frames[3]!));
  });

  test('a GOP above the bounds is not kept: who comes then waits for the next key frame', () => {
    const feed = new SessionFeed('RTMP', { limits: { gopMaxTags: 5 } });
    play(feed, clip.slice(0, indexOfKey(clip, 1) + 20));
    const viewer = new Collector();
    feed.subscribe(viewer);
    expect(viewer.tags).toEqual([]);
    play(feed, clip.slice(indexOfKey(clip, 1) + 20));
    expect(viewer.shape).toMatch(/^sVAK/);
    expect(viewer.frames[0]).toBe(clip[indexOfKey(clip, 2)]);
  });

  test('audio alone plays', () => {
    const feed = new SessionFeed('RTMP');
    const viewer = new Collector();
    feed.subscribe(viewer);
    play(feed, voice);
    expect(viewer.shape).toMatch(/^sAa{50,}$/);
    const late = new Collector();
    feed.subscribe(late);
    feed.write({ ...voice.at(-1)!, timestampMs: voice.at(-1)!.timestampMs + 21 });
    expect(late.shape).toBe('sAa');
  });

  test('video that comes after audio began starts at its key frame', () => {
    const feed = new SessionFeed('RTMP');
    const viewer = new Collector();
    feed.subscribe(viewer);
    play(feed, voice);
    const video = clip
      .filter((t) => t.kind === 'video')
      .map((t) => ({ ...t, timestampMs: t.timestampMs + 4000 }));
    const [header, key, ...rest] = video;
    play(feed, [header!, rest[0]!, rest[1]!, key!, rest[2]!]);
    expect(viewer.shape).toMatch(/^sAa+VKv$/);
  });

  test('a header said again changes nothing, a new one goes out at once', () => {
    const feed = new SessionFeed('RTMP');
    const viewer = new Collector();
    feed.subscribe(viewer);
    play(feed, clip);
    const before = viewer.tags.length;
    const header = clip.find((t) => t.kind === 'video' && t.isSequenceHeader)!;
    feed.write({ ...header });
    expect(viewer.tags.length).toBe(before);
    feed.write(other.find((t) => t.kind === 'video' && t.isSequenceHeader)!);
    expect(viewer.shape.at(-1)).toBe('V');
    // The old GOP can not be decoded with the new header.
    const late = new Collector();
    feed.subscribe(late);
    expect(late.frames).toEqual([]);
  });

  test("an encoder's end of sequence is kept from viewers, who may see the next session", () => {
    const feed = new SessionFeed('RTMP');
    const viewer = new Collector();
    feed.subscribe(viewer);
    play(feed, clip);
    const before = viewer.tags.length;
    feed.write({ ...clip.at(-1)!, kind: 'video', payload: Buffer.from([0x17, 2, 0, 0, 0]) });
    expect(viewer.tags.length).toBe(before);
  });

  test('a viewer that throws is dropped alone', () => {
    const errors: unknown[] = [];
    const feed = new SessionFeed('RTMP', { onViewerError: (error) => errors.push(error) });
    const [bad, good] = [new Collector(), new Collector()];
    bad.queuedBytes = () => {
      throw new Error('socket gone');
    };
    feed.subscribe(bad);
    feed.subscribe(good);
    play(feed, clip);
    expect([errors.length, feed.viewers, bad.tags.length]).toEqual([1, 1, 1]);
    expect(good.frames.length).toBeGreaterThan(100);
  });

  test('a viewer may leave from within its own send', () => {
    const feed = new SessionFeed('RTMP');
    const viewer = new Collector();
    const leave = feed.subscribe(viewer);
    viewer.queuedBytes = () => {
      leave();
      return 0;
    };
    play(feed, clip);
    expect([viewer.tags.length, viewer.closed, feed.viewers]).toEqual([1, null, 0]);
  });

  test('the end closes each viewer once; who comes later is closed at once', () => {
    const feed = new SessionFeed('RTMP');
    const [early, late] = [new Collector(), new Collector()];
    feed.subscribe(early);
    feed.end();
    feed.end();
    feed.subscribe(late);
    expect([early.closed, late.closed, feed.viewers]).toEqual(['ended', 'ended', 0]);
  });
});

describe('slow viewers', () => {
  test('above the skip mark only key frames come, until the queue is short again', () => {
    const feed = new SessionFeed('RTMP');
    const viewer = new Collector();
    feed.subscribe(viewer);
    const second = indexOfKey(clip, 1);
    play(feed, clip.slice(0, second - 10));
    viewer.queuedBytes = () => 9 * MB;
    play(feed, clip.slice(second - 10, second));
    viewer.tags = [];
    play(feed, clip.slice(second, indexOfKey(clip, 2)));
    expect(viewer.shape).toBe('K');
    feed.write(other.find((t) => t.kind === 'video' && t.isSequenceHeader)!);
    expect(viewer.shape).toBe('KV');
    viewer.queuedBytes = () => 0;
    play(feed, clip.slice(indexOfKey(clip, 2)));
    expect(viewer.shape).toMatch(/^KVK[va]{20,}$/);
    expect(viewer.closed).toBeNull();
  });

  test('above the close mark it is let go', () => {
    const feed = new SessionFeed('RTMP');
    const viewer = new Collector();
    viewer.queuedBytes = () => 17 * MB;
    feed.subscribe(viewer);
    play(feed, clip);
    expect([viewer.closed, viewer.tags.length, feed.viewers]).toEqual(['too_slow', 1, 0]);
  });

  test('half a minute of skipping is enough', () => {
    let now = 0;
    const feed = new SessionFeed('RTMP', { now: () => now });
    const viewer = new Collector();
    viewer.queuedBytes = () => 9 * MB;
    feed.subscribe(viewer);
    play(feed, clip);
    expect(viewer.closed).toBeNull();
    now = 30_001;
    feed.write(clip.at(-1)!);
    expect(viewer.closed).toBe('too_slow');
  });

  test('audio alone is tried once a second', () => {
    const feed = new SessionFeed('RTMP');
    const viewer = new Collector();
    viewer.queuedBytes = () => 9 * MB;
    feed.subscribe(viewer);
    play(feed, voice);
    expect(viewer.shape).toMatch(/^sAa{2,3}$/);
  });
});

describe('a broadcast feed', () => {
  test('shows nothing from before the go-live mark', () => {
    const session = new SessionFeed('RTMP', { wallNow: () => 1000 });
    const broadcast = new BroadcastFeed('RTMP');
    const viewer = new Collector();
    broadcast.subscribe(viewer);
    const cut = indexOfKey(clip, 1) + 10;
    play(session, clip.slice(0, cut));
    broadcast.attach(session, 2000);
    expect(viewer.tags).toEqual([]);
    play(session, clip.slice(cut));
    expect(viewer.shape).toMatch(/^sVAK/);
    expect(viewer.frames[0]!.payload).toBe(clip[indexOfKey(clip, 2)]!.payload);
    expect(viewer.frames[0]!.timestampMs).toBe(0);
  });

  test('a key frame that came between the mark and its message is public', () => {
    const session = new SessionFeed('RTMP', { wallNow: () => 3000 });
    const broadcast = new BroadcastFeed('RTMP');
    const viewer = new Collector();
    broadcast.subscribe(viewer);
    const cut = indexOfKey(clip, 1) + 10;
    play(session, clip.slice(0, cut));
    broadcast.attach(session, 2000);
    expect(viewer.frames[0]!.payload).toBe(clip[indexOfKey(clip, 1)]!.payload);
    expect(viewer.frames.length).toBe(10);
  });

  test('viewers stay over a drop: one clock, headers again, and ffprobe finds both pictures in it', async () => {
    const broadcast = new BroadcastFeed('RTMP');
    const [first, second] = [new SessionFeed('RTMP'), new SessionFeed('RTMP')];
    const [viewer, inTheGap] = [new Collector(), new Collector()];
    broadcast.subscribe(viewer);
    broadcast.attach(first);
    play(first, clip);
    first.end();
    broadcast.subscribe(inTheGap);
    expect(inTheGap.tags).toEqual([]);
    broadcast.attach(second);
    play(second, other);
    expect(viewer.shape).toMatch(/^sVAK[Kva]+sVAK[Kva]+$/);
    expect(inTheGap.shape).toMatch(/^sVAK[Kva]+$/);
    expectMonotonic(viewer.tags);
    const resumed = viewer.tags.findIndex((tag, i) => i > 3 && tag.kind === 'script');
    const before = Math.max(...viewer.tags.slice(0, resumed).map((t) => t.timestampMs));
    const key = viewer.tags[resumed + 3]!;
    expect(key.timestampMs).toBe(before + 40);
    // One offset for both kinds: their distance is what the encoder sent.
    const offset = key.timestampMs - other.find((t) => t.isKeyFrame && !t.isSequenceHeader)!.timestampMs;
    const sentTimes = new Set(other.map((t) => t.timestampMs + offset));
    for (const tag of viewer.tags.slice(resumed + 3)) expect(sentTimes).toContain(tag.timestampMs);

    const path = join(folder.path, 'drop.flv');
    await writeFile(path, viewer.flv());
    const { json } = await ffprobe(
      '-show_frames',
      '-select_streams',
      'v',
      '-show_entries',
      'frame=width,pts',
      path,
    );
    const widths = json.frames.map((f: { width: number }) => f.width);
    expect([...new Set(widths)]).toEqual([320, 426]);
    expect(widths.length).toBe(75 + 50);
  });

  test('a broken off GOP is never shown to who comes after the drop', () => {
    const broadcast = new BroadcastFeed('RTMP');
    const session = new SessionFeed('RTMP');
    broadcast.attach(session);
    play(session, clip);
    broadcast.detach(session);
    const viewer = new Collector();
    broadcast.subscribe(viewer);
    expect(viewer.tags).toEqual([]);
    play(session, clip);
    expect(viewer.tags).toEqual([]);
  });

  test('a late detach of an old session does not touch the new one', () => {
    const broadcast = new BroadcastFeed('RTMP');
    const [first, second] = [new SessionFeed('RTMP'), new SessionFeed('RTMP')];
    const viewer = new Collector();
    broadcast.subscribe(viewer);
    broadcast.attach(first);
    broadcast.attach(second);
    broadcast.detach(first);
    first.end();
    play(first, clip);
    play(second, other);
    expect(viewer.frames.length).toBe(shown(other).length);
  });

  test("an encoder's clock that jumps does not jump for viewers; headers stamped 0 do not count as jumps", () => {
    const broadcast = new BroadcastFeed('RTMP');
    const session = new SessionFeed('RTMP');
    const viewer = new Collector();
    broadcast.subscribe(viewer);
    broadcast.attach(session);
    play(session, other);
    const script = { ...clip.find((t) => t.kind === 'script')!, timestampMs: 0 };
    session.write(script);
    const shifted = (by: number): MediaTag[] =>
      frames(other).map((t) => ({ ...t, timestampMs: t.timestampMs + by }));
    play(session, shifted(2100));
    expectMonotonic(viewer.tags);
    expect(viewer.tags.at(-1)!.timestampMs).toBeLessThan(4300);
    play(session, shifted(-6_000_000));
    play(session, shifted(6_000_000));
    expectMonotonic(viewer.tags);
    expect(viewer.tags.at(-1)!.timestampMs).toBeLessThan(8700);
  });

  test('closes at the end, and who comes later at once', () => {
    const broadcast = new BroadcastFeed('RTMP');
    const session = new SessionFeed('RTMP');
    const [viewer, late] = [new Collector(), new Collector()];
    broadcast.subscribe(viewer);
    broadcast.attach(session);
    broadcast.close();
    broadcast.close();
    broadcast.attach(session);
    play(session, clip);
    broadcast.subscribe(late);
    expect([viewer.closed, late.closed, viewer.tags.length]).toEqual(['ended', 'ended', 0]);
  });

  test('silence lets the viewers go, not the broadcast', async () => {
    const broadcast = new BroadcastFeed('RTMP', { limits: { idleViewersMs: 50 } });
    const session = new SessionFeed('RTMP');
    const [viewer, next] = [new Collector(), new Collector()];
    broadcast.attach(session);
    broadcast.subscribe(viewer);
    play(session, clip);
    expect(viewer.closed).toBeNull();
    broadcast.detach(session);
    await until(() => viewer.closed, { timeoutMs: 2000, what: 'the idle viewer to be closed' });
    expect(viewer.closed).toBe('idle');
    broadcast.subscribe(next);
    const resumed = new SessionFeed('RTMP');
    broadcast.attach(resumed);
    play(resumed, other);
    expect(next.frames.length).toBe(shown(other).length);
    broadcast.close();
  });
});
