import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaTag } from '../../src/media/contract';
import { BroadcastFeed, SessionFeed } from '../../src/media/feed';
import { ffprobe } from '../support/ffmpeg';
import { until } from '../support/until';
import { makeClip, readTags, tempFolder } from '../media/flv/clips';
import { openStand, raw, silentViewer, type Stand } from './harness';

const MB = 1024 * 1024;

let folder: Awaited<ReturnType<typeof tempFolder>>;
let stand: Stand;
let clip: MediaTag[];
let other: MediaTag[];
beforeAll(async () => {
  folder = await tempFolder();
  stand = await openStand(folder.path, { maxFlvViewersPerAddress: 3 });
  clip = await readTags(await makeClip(join(folder.path, 'clip.flv'), { seconds: 3 }));
  other = await readTags(await makeClip(join(folder.path, 'other.flv'), { size: '426x240' }));
});
afterAll(async () => {
  await stand.playback.close();
  await folder.remove();
});

const play = (feed: SessionFeed, tags: MediaTag[]): void => tags.forEach((tag) => feed.write(tag));
const viewers = (feed: { viewers: number }, count: number): Promise<unknown> =>
  until(() => feed.viewers === count, { timeoutMs: 3000, what: `${count} viewers` });

function session(name: string): SessionFeed {
  const feed = new SessionFeed('RTMP');
  stand.feeds.set(name, feed);
  return feed;
}

/** Asks, waits until the viewer hangs on the feed, and returns what it gets in the end. */
async function watch(
  name: string,
  feed: { viewers: number },
): Promise<{ headers: Headers; body: Promise<Buffer> }> {
  const count = feed.viewers + 1;
  const answer = await fetch(`${stand.base}/egress/${name}.flv`);
  await viewers(feed, count);
  return { headers: answer.headers, body: answer.arrayBuffer().then((bytes) => Buffer.from(bytes)) };
}

async function probe(name: string, bytes: Buffer): Promise<{ streams: any[]; stderr: string }> {
  const path = join(folder.path, `${name}.flv`);
  await writeFile(path, bytes);
  const { json, stderr } = await ffprobe('-show_streams', '-count_frames', path);
  return { streams: json.streams, stderr };
}

test('a stream as ffprobe sees it over HTTP', async () => {
  const feed = session('live-1');
  const probing = ffprobe('-show_streams', '-count_packets', `${stand.base}/egress/live-1.flv`);
  await viewers(feed, 1);
  play(feed, clip);
  feed.end();
  const { json, stderr } = await probing;
  expect(stderr).toBe('');
  expect(json.streams.map((s: any) => [s.codec_name, s.width])).toEqual([
    ['h264', 320],
    ['aac', undefined],
  ]);
  expect(Number(json.streams[0].nb_read_packets)).toBe(75);
});

test('headers, and the end of the feed is the end of the answer', async () => {
  const feed = session('headers');
  const { headers, body } = await watch('headers', feed);
  expect(headers.get('content-type')).toBe('video/x-flv');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('access-control-allow-origin')).toBe('*');
  play(feed, clip);
  feed.end();
  expect((await body).length).toBeGreaterThan(10_000);
  await until(() => stand.playback.flvViewers === 0, { timeoutMs: 2000, what: 'the place to be free' });
});

test('late viewers get metadata, headers and the last GOP; all get the same bytes from then on', async () => {
  const feed = session('late');
  play(feed, clip.slice(0, -20));
  const [a, b] = [await watch('late', feed), await watch('late', feed)];
  play(feed, clip.slice(-20));
  feed.end();
  const [first, second] = [await a.body, await b.body];
  expect(first.equals(second)).toBe(true);
  const { streams, stderr } = await probe('late', first);
  expect(stderr).toBe('');
  expect(Number(streams[0].nb_read_frames)).toBe(25);
  expect(first.subarray(24, 27).toString('hex')).toBe('02000a');
});

test.each([
  ['video', 1],
  ['audio', 4],
] as const)('the file header of %s alone says so', async (kind, flags) => {
  const path = await makeClip(join(folder.path, `${kind}.flv`), {
    seconds: 3,
    audio: kind === 'audio',
    video: kind === 'video',
  });
  const feed = session(kind);
  const { body } = await watch(kind, feed);
  play(feed, await readTags(path));
  feed.end();
  const bytes = await body;
  expect(bytes[4]).toBe(flags);
  const { streams, stderr } = await probe(`${kind}-out`, bytes);
  expect([streams.length, stderr]).toEqual([1, '']);
});

test('a viewer stays over a drop and sees the next session', async () => {
  const broadcast = new BroadcastFeed('RTMP');
  stand.feeds.set('show', broadcast);
  const { body } = await watch('show', broadcast);
  const [first, second] = [new SessionFeed('RTMP'), new SessionFeed('RTMP')];
  broadcast.attach(first);
  play(first, clip);
  first.end();
  expect(broadcast.viewers).toBe(1);
  broadcast.attach(second);
  play(second, other);
  broadcast.close();
  const { streams, stderr } = await probe('show', await body);
  expect(stderr).toBe('');
  expect(Number(streams[0].nb_read_frames)).toBe(75 + 50);
  expect(Number(streams[0].duration ?? 5)).toBeGreaterThan(4.9);
});

test('a viewer that leaves gives its place back', async () => {
  const feed = session('leaves');
  const stop = new AbortController();
  await fetch(`${stand.base}/egress/leaves.flv`, { signal: stop.signal });
  await viewers(feed, 1);
  stop.abort();
  await viewers(feed, 0);
  await until(() => stand.playback.flvViewers === 0, { timeoutMs: 2000, what: 'the place to be free' });
});

test('a server that stops ends its viewers at once, though the feed goes on', async () => {
  const stopping = await openStand(folder.path);
  const feed = new SessionFeed('RTMP');
  stopping.feeds.set('on', feed);
  const answer = await fetch(`${stopping.base}/egress/on.flv`);
  await viewers(feed, 1);
  play(feed, clip);
  const began = performance.now();
  await stopping.playback.close();
  expect(performance.now() - began).toBeLessThan(1000);
  expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(10_000);
  expect(feed.viewers).toBe(0);
  feed.end();
});

test('HEAD shows the headers and takes no place', async () => {
  const feed = session('head');
  const answer = await fetch(`${stand.base}/egress/head.flv`, { method: 'HEAD' });
  expect([answer.status, answer.headers.get('content-type'), feed.viewers]).toEqual([200, 'video/x-flv', 0]);
});

test('viewers above the bound of an address are refused', async () => {
  const feed = session('full');
  const watching = [await watch('full', feed), await watch('full', feed), await watch('full', feed)];
  expect((await fetch(`${stand.base}/egress/full.flv`)).status).toBe(429);
  feed.end();
  await Promise.all(watching.map(({ body }) => body));
  await until(() => stand.playback.flvViewers === 0, { timeoutMs: 2000, what: 'the places to be free' });
});

test('a second stream pipelined behind an endless one is refused, and holds no memory', async () => {
  const feed = session('pipe');
  const ask = 'GET /egress/pipe.flv HTTP/1.1\r\nHost: x\r\n\r\n';
  const answers = raw(stand.port, ask.repeat(3));
  await viewers(feed, 1);
  feed.end();
  expect((await answers).match(/HTTP\/1.1 200/g)).toHaveLength(1);
});

test('who does not read is cut, and memory stays bounded meanwhile', async () => {
  const feed = session('slow');
  const fast = await watch('slow', feed);
  const sockets = [
    await silentViewer(stand.port, '/egress/slow.flv'),
    await silentViewer(stand.port, '/egress/slow.flv'),
  ];
  await viewers(feed, 3);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const frame = (i: number): MediaTag => ({
    kind: 'video',
    timestampMs: i * 40,
    payload: Buffer.alloc(200_000, i % 10 === 0 ? 0x17 : 0x27).fill(1, 1, 2),
    isKeyFrame: i % 10 === 0,
    isSequenceHeader: false,
  });
  feed.write(clip.find((tag) => tag.kind === 'video' && tag.isSequenceHeader)!);
  // 200 MB: the silent ones' share would be all of it, if nothing bounded it.
  for (let i = 0; i < 1000; i += 1) {
    feed.write(frame(i));
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    await new Promise(setImmediate);
  }
  await viewers(feed, 1);
  feed.end();
  const received = (await fast.body).length;
  // The reader itself keeps what it got.
  expect(received).toBeGreaterThan(190 * MB);
  expect(most - received).toBeLessThan(80 * MB);
  for (const socket of sockets) socket.destroy();
  await until(() => stand.playback.flvViewers === 0, { timeoutMs: 2000, what: 'the places to be free' });
});
