import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { createPlayback, type LivePlaylists } from '../../src/playback';
import type { TimelineRecord } from '../../src/media/timeline/types';
import { tempFolder } from '../media/flv/clips';
import { openStand, raw, type Stand } from './harness';
import { OPEN_GATE } from '../support/open-gate';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let stand: Stand;
const INIT = Buffer.from('init bytes');
const SEGMENT = Buffer.from('0123456789'.repeat(10));

beforeAll(async () => {
  folder = await tempFolder();
  // A dot in the storage's own path must not matter.
  stand = await openStand(join(folder.path, '.data', 'storage'));
  await writeRecording();
  await writeVod();
});
afterAll(async () => {
  await stand.playback.close();
  await folder.remove();
});

async function writeRecording(): Promise<void> {
  const { layout, playlists } = stand;
  for (const track of ['v360', 'audio']) {
    await mkdir(layout.trackDir('session-1', 0, track), { recursive: true });
    await writeFile(join(layout.trackDir('session-1', 0, track), 'init.mp4'), INIT);
    await writeFile(join(layout.trackDir('session-1', 0, track), '00001.m4s'), SEGMENT);
    await writeFile(join(layout.trackDir('session-1', 0, track), '00002.m4s'), 'not named in any timeline');
  }
  const named: LivePlaylists = {
    master: async () => '#EXTM3U\n# master ü\n',
    media: async (track) => (track === 'v360' ? '#EXTM3U\n# v360\n' : null),
    mpd: async () => '<MPD/>\n',
    initFile: (part, track) => (part === 0 ? join(layout.trackDir('session-1', 0, track), 'init.mp4') : null),
    segmentFile: (part, track, file) =>
      part === 0 && file === '00001.m4s' ? join(layout.trackDir('session-1', 0, track), file) : null,
  };
  playlists.set('show-1', named);
  playlists.set('early', { ...named, master: async () => null, mpd: async () => null });
  playlists.set('broken', { ...named, master: () => Promise.reject(new Error('index unreadable')) });
}

async function writeVod(): Promise<void> {
  const { layout } = stand;
  const file = (name: string) => ({ file: name, t: 0, d: 2, bytes: 100 });
  const records: TimelineRecord[] = [
    { type: 'open', version: 1, playbackName: 'show-1', mode: 'CMAF', goLiveAt: '2026-01-01T00:00:00.000Z' },
    {
      type: 'part',
      part: 3,
      sessionId: 'session-1',
      sessionPart: 0,
      startedAt: '2026-01-01T00:00:00.000Z',
      baseMs: 0,
      sessionStartMs: 0,
      tracks: [],
    },
    {
      type: 'segment',
      part: 3,
      seq: 0,
      startMs: 0,
      durationMs: 2000,
      tracks: { v360: file('00001.m4s'), audio: file('00001.m4s') },
    },
  ];
  await mkdir(layout.broadcastDir('show-1'), { recursive: true });
  await writeFile(layout.timeline('show-1'), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  await mkdir(layout.vodDir('post-1'), { recursive: true });
  await writeFile(join(layout.vodDir('post-1'), 'source.json'), '{"playbackName":"show-1"}\n');
  await writeFile(join(layout.vodDir('post-1'), 'master.m3u8'), '#EXTM3U\n# vod\n');
  await writeFile(join(layout.vodDir('post-1'), 'v360.m3u8'), '#EXTM3U\n# vod v360\n');
  await writeFile(join(layout.vodDir('post-1'), 'manifest.mpd'), '<MPD/>\n');
  await writeFile(join(layout.vodDir('post-1'), 'original.mp4'), SEGMENT);
  // What an archive may have beside it while it works.
  await writeFile(join(layout.vodDir('post-1'), 'unfinished.mp4'), SEGMENT);
  const ladder = layout.ladderDir('post-1');
  await mkdir(join(ladder, 'v720'), { recursive: true });
  await mkdir(join(ladder, 'work'));
  await writeFile(join(ladder, 'v720.m3u8'), '#EXTM3U\n# ladder\n');
  await writeFile(join(ladder, '720p.mp4'), SEGMENT);
  await writeFile(join(ladder, 'audio.mp4'), SEGMENT);
  await writeFile(join(ladder, 'ladder.json'), '{}\n');
  await writeFile(join(ladder, 'v720', 'init.mp4'), INIT);
  await writeFile(join(ladder, 'v720', '00001.m4s'), SEGMENT);
  await writeFile(join(ladder, 'work', '720p-0.mp4'), SEGMENT);
  await mkdir(layout.vodDir('post-2'), { recursive: true });
  await writeFile(join(layout.vodDir('post-2'), 'source.json'), '{"playbackName":"../../etc"}\n');
}

const HLS = 'application/vnd.apple.mpegurl';
const FOREVER = 'public, max-age=31536000, immutable';
test.each([
  ['/live/show-1/master.m3u8', HLS, 'no-cache', '#EXTM3U\n# master ü\n'],
  ['/live/show-1/master.m3u8?_HLS_msn=3', HLS, 'no-cache', '#EXTM3U\n# master ü\n'],
  ['/live/show-1/v360.m3u8', HLS, 'no-cache', '#EXTM3U\n# v360\n'],
  ['/live/show-1/manifest.mpd', 'application/dash+xml', 'no-cache', '<MPD/>\n'],
  ['/live/show-1/0/v360/init.mp4', 'video/mp4', FOREVER, INIT.toString()],
  ['/live/show-1/0/audio/init.mp4', 'audio/mp4', FOREVER, INIT.toString()],
  ['/live/show-1/0/v360/00001.m4s', 'video/iso.segment', FOREVER, SEGMENT.toString()],
  ['/live/show-1/0/audio/00001.m4s', 'audio/mp4', FOREVER, SEGMENT.toString()],
  ['/vod/post-1/master.m3u8', HLS, 'no-cache', '#EXTM3U\n# vod\n'],
  ['/vod/post-1/v360.m3u8', HLS, 'no-cache', '#EXTM3U\n# vod v360\n'],
  ['/vod/post-1/manifest.mpd', 'application/dash+xml', 'no-cache', '<MPD/>\n'],
  ['/vod/post-1/original.mp4', 'video/mp4', 'public, max-age=3600', SEGMENT.toString()],
  ['/vod/post-1/3/v360/init.mp4', 'video/mp4', FOREVER, INIT.toString()],
  ['/vod/post-1/3/audio/00001.m4s', 'audio/mp4', FOREVER, SEGMENT.toString()],
  ['/vod/post-1/ladder/v720.m3u8', HLS, 'no-cache', '#EXTM3U\n# ladder\n'],
  ['/vod/post-1/ladder/720p.mp4', 'video/mp4', 'public, max-age=3600', SEGMENT.toString()],
  ['/vod/post-1/ladder/audio.mp4', 'audio/mp4', 'public, max-age=3600', SEGMENT.toString()],
  ['/vod/post-1/ladder/v720/init.mp4', 'video/mp4', FOREVER, INIT.toString()],
  ['/vod/post-1/ladder/v720/00001.m4s', 'video/iso.segment', FOREVER, SEGMENT.toString()],
  ['/healthz', 'text/plain; charset=utf-8', 'no-store', 'ok\n'],
])('GET and HEAD %s', async (path, type, cache, body) => {
  for (const method of ['GET', 'HEAD']) {
    const answer = await fetch(stand.base + path, { method });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(answer.headers.get('cache-control')).toBe(cache);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(body)));
    expect(await answer.text()).toBe(method === 'GET' ? body : '');
  }
});

test('/time is the clock, in the form that DASH takes', async () => {
  const answer = await fetch(`${stand.base}/time`);
  expect(Math.abs(Date.parse(await answer.text()) - Date.now())).toBeLessThan(2000);
  expect(answer.headers.get('cache-control')).toBe('no-store');
});

test.each([
  '/',
  '/live',
  '/live/show-1',
  '/live/nobody/master.m3u8',
  '/egress/nobody.flv',
  '/egress/show-1.flv',
  '/live/show-1/v720.m3u8',
  '/live/show-1/manifest.m3u9',
  '/live/show-1/other.mpd',
  '/live/show-1/0/v360/00002.m4s',
  '/live/show-1/1/v360/init.mp4',
  '/live/show-1/00/v360/init.mp4',
  '/live/show-1/0/v360/raw.flv',
  '/live/show-1/original.mp4',
  '/vod/post-1/source.json',
  '/vod/post-1/unfinished.mp4',
  '/vod/post-1/gone.m3u8',
  '/vod/post-1/3/v360/00002.m4s',
  '/vod/post-1/3/v360/00003.m4s',
  '/vod/post-1/0/v360/00001.m4s',
  '/vod/post-1/3/v720/init.mp4',
  '/vod/post-2/3/v360/init.mp4',
  '/vod/nobody/3/v360/init.mp4',
  '/vod/post-1/ladder/ladder.json',
  '/vod/post-1/ladder/manifest.mpd',
  '/vod/post-1/ladder/work/720p-0.mp4',
  '/vod/post-1/ladder/v720/00002.m4s',
  '/vod/post-2/ladder/v720/init.mp4',
  '/live/show-1/ladder/v720/init.mp4',
  '/vod/nobody/master.m3u8',
  '/favicon.ico',
])('%s is 404, small, and not kept by caches', async (path) => {
  const answer = await fetch(stand.base + path);
  expect(answer.status).toBe(404);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect((await answer.text()).length).toBeLessThan(100);
});

test('a live name without a segment yet asks to come again', async () => {
  const answer = await fetch(`${stand.base}/live/early/master.m3u8`);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
});

test('a failure inside is a plain 500', async () => {
  const answer = await fetch(`${stand.base}/live/broken/master.m3u8`);
  expect([answer.status, await answer.text()]).toEqual([500, 'Something broke on our side.\n']);
});

test('byte ranges, and their end', async () => {
  const url = `${stand.base}/vod/post-1/original.mp4`;
  const part = await fetch(url, { headers: { Range: 'bytes=10-14' } });
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
    206,
    'bytes 10-14/100',
    '01234',
  ]);
  const tail = await fetch(url, { headers: { Range: 'bytes=-3' } });
  expect([tail.status, await tail.text()]).toEqual([206, '789']);
  const beyond = await fetch(url, { headers: { Range: 'bytes=200-' } });
  expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */100']);
  const etag = (await fetch(url)).headers.get('etag')!;
  const again = `GET /vod/post-1/original.mp4 HTTP/1.1\r\nHost: x\r\nIf-None-Match: ${etag}\r\nConnection: close\r\n\r\n`;
  expect(await raw(stand.port, again)).toMatch(/^HTTP\/1.1 304/);
});

test('a preflight is answered, other methods are not', async () => {
  const preflight = await fetch(`${stand.base}/live/show-1/master.m3u8`, { method: 'OPTIONS' });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, HEAD, OPTIONS');
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    const answer = await fetch(`${stand.base}/egress/show-1.flv`, { method, body: 'x'.repeat(1000) });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect(answer.headers.get('connection')).toBe('close');
  }
});

test.each([
  ['/vod/../../etc/passwd', '400'],
  ['/vod/post-1/../post-1/master.m3u8', '400'],
  ['/vod/%2e%2e/%2e%2e/etc/passwd', '400'],
  ['/egress/..%2fx.flv', '400'],
  ['/egress/a.b.flv', '404'],
  ['//etc/passwd', '400'],
  ['http://example.org/time', '400'],
  ['/live/\\..\\x', '400'],
  ['/live/show-1/master.m3u8%00', '400'],
  [`/live/${'a'.repeat(65)}/master.m3u8`, '404'],
  [`/live/${'a'.repeat(3000)}`, '414'],
  ['/vod/post-1/.hidden.m3u8', '404'],
  ['/vod/__proto__/master.m3u8', '404'],
  ['*', '400'],
])('the silly path %s is answered with %s', async (path, status) => {
  const answer = await raw(stand.port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer).not.toContain('root:');
});

test('what is not HTTP, or too much of it, is refused; the server goes on', async () => {
  expect(await raw(stand.port, `\x03${'\0'.repeat(1536)}`)).toMatch(/^HTTP\/1.1 400/);
  expect(await raw(stand.port, `GET /time HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1.1 431[^]*"errorCode":"REQUEST_HEADERS_TOO_LARGE"/,
  );
  const upgrade =
    'GET /egress/nobody.flv HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n';
  expect(await raw(stand.port, upgrade)).toMatch(/^HTTP\/1.1 404/);
  expect((await fetch(`${stand.base}/healthz`)).status).toBe(200);
});

test('a timeline that grew is read again', async () => {
  const url = `${stand.base}/vod/post-1/3/v360/00002.m4s`;
  expect((await fetch(url)).status).toBe(404);
  const more: TimelineRecord = {
    type: 'segment',
    part: 3,
    seq: 1,
    startMs: 2000,
    durationMs: 2000,
    tracks: { v360: { file: '00002.m4s', t: 2, d: 2, bytes: 25 } },
  };
  await writeFile(stand.layout.timeline('show-1'), `${JSON.stringify(more)}\n`, { flag: 'a' });
  expect((await fetch(url)).status).toBe(200);
});

test('connections above the bound of an address are ended', async () => {
  const small = await openStand(folder.path, { maxConnectionsPerAddress: 1 });
  try {
    const ask = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
    const first = raw(small.port, ask);
    const second = await raw(small.port, ask);
    expect(second).not.toContain('200 OK');
    await small.playback.close();
    expect(await first).toContain('200 OK');
  } finally {
    await small.playback.close();
  }
});

test('who sends no request, or half of one, or stops reading answers, is let go', async () => {
  const hasty = await openStand(folder.path, {
    headersTimeoutMs: 300,
    requestTimeoutMs: 300,
    idleTimeoutMs: 400,
    keepAliveTimeoutMs: 300,
  });
  try {
    expect(await raw(hasty.port, '')).toBe('');
    expect(await raw(hasty.port, 'GET /time HTTP/1.1\r\nHost: x\r\n')).toMatch(/^(HTTP\/1.1 408|$)/);
    expect(await raw(hasty.port, 'GET /time HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1.1 200/);
  } finally {
    await hasty.playback.close();
  }
});

test('a port that is taken is told', async () => {
  const { layout } = stand;
  const media = { feed: () => null, playlists: () => null };
  const other = createPlayback({
    host: '127.0.0.1',
    port: stand.port,
    media,
    access: OPEN_GATE,
    layout,
    log: pino({ level: 'fatal' }),
  });
  await expect(other.listen()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await other.close();
});
