import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { DEFAULT_VIDEO_PROFILE } from '../../src/domain/video-profile';
import { makeOriginal } from '../../src/media/archive/make-original';
import { makeLadder } from '../../src/media/ladder/make-ladder';
import { publishLadder } from '../../src/media/ladder/publish-ladder';
import { writeVod } from '../../src/media/vod/write';
import { StorageLayout } from '../../src/storage/layout';
import { recordBroadcast } from '../archive/support/recording';
import { decodeErrors, probe } from '../archive/support/run';
import { openStand, type Stand } from './harness';

jest.setTimeout(60_000);
let root: string;
let stand: Stand;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'showrunner-ladder-http-'));
  stand = await openStand(root);
});
afterAll(async () => {
  await stand?.playback.close();
  await rm(root, { recursive: true, force: true });
});

const text = async (url: string): Promise<string> => {
  const answer = await fetch(url);
  expect([url, answer.status]).toEqual([url, 200]);
  return answer.text();
};

/** All that a playlist names, as addresses. */
async function namedBy(url: string): Promise<string[]> {
  const found = [...(await text(url)).matchAll(/^(?!#)(\S+)$|URI="([^"]+)"/gm)];
  return found.map((match) => new URL(match[1] ?? match[2]!, url).href);
}

/** Makes the instant VOD, and what its renditions are made from, as the archive does. */
async function archiveUpToOriginal(vodDir: string): Promise<void> {
  const layout = new StorageLayout(root);
  const index = await recordBroadcast(layout, 'show', [
    { sessionId: 'one', seconds: 4, ladder: true },
    { sessionId: 'two', seconds: 4, ladder: true },
  ]);
  const records = [index.open, ...index.parts, ...index.segments, index.end];
  await mkdir(dirname(layout.timeline('show')), { recursive: true });
  await writeFile(layout.timeline('show'), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  await writeVod(vodDir, index);
  await makeOriginal({ ...TOOLS, layout, index, vodDir, onProgress: () => {} });
}

const TOOLS = {
  ffmpegPath: 'ffmpeg',
  ffprobePath: 'ffprobe',
  log: pino({ level: 'fatal' }),
  signal: new AbortController().signal,
};

test('over HTTP: who watches the instant VOD goes on undisturbed, who comes after the swap gets the ladder', async () => {
  const vodDir = stand.layout.vodDir('post');
  await archiveUpToOriginal(vodDir);
  const master = `${stand.base}/vod/post/master.m3u8`;
  const manifest = `${stand.base}/vod/post/manifest.mpd`;
  const held = await namedBy(master);
  expect(held.length).toBeGreaterThan(1);
  const heldFiles = new Map(await Promise.all(held.map(async (url) => [url, await namedBy(url)] as const)));

  await makeLadder({ ...TOOLS, vodDir, profile: DEFAULT_VIDEO_PROFILE, onProgress: () => {} });
  expect(await namedBy(master)).toEqual(held);
  await publishLadder(vodDir);

  // The same playlists say the same, and all that they name is there.
  for (const [url, files] of heldFiles) {
    expect(await namedBy(url)).toEqual(files);
    for (const file of files) expect([file, (await fetch(file)).status]).toEqual([file, 200]);
  }
  const fresh = await namedBy(master);
  expect(fresh.length).toBeGreaterThan(1);
  expect(fresh.filter((url) => held.includes(url))).toEqual([]);
  const want = Number((await probe(`${stand.base}/vod/post/original.mp4`)).format.duration);
  for (const url of [master, manifest]) {
    const seen = await probe(url);
    expect(new Set(seen.streams.map((stream) => stream.codec_name))).toEqual(new Set(['h264', 'aac']));
    expect(Math.abs(Number(seen.format.duration) - want)).toBeLessThan(0.1);
    expect(await decodeErrors(url)).toEqual([]);
  }
  const movie = await probe(`${stand.base}/vod/post/ladder/90p.mp4`);
  expect(movie.streams.map((stream) => [stream.codec_name, stream.height])).toEqual([
    ['h264', 90],
    ['aac', undefined],
  ]);
});
