import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as HLS from 'hls-parser';
import { pino } from 'pino';
import { DEFAULT_VIDEO_PROFILE } from '../../src/domain/video-profile';
import { makeOriginal } from '../../src/media/archive/make-original';
import { makeLadder } from '../../src/media/ladder/make-ladder';
import { publishLadder } from '../../src/media/ladder/publish-ladder';
import { writeVod } from '../../src/media/vod/write';
import { openStand, type Stand } from '../playback/harness';
import { ffprobe } from '../support/ffmpeg';
import { recordBroadcast } from './support/recording';
import { decodeErrors } from './support/run';

let root: string;
let stand: Stand;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'showrunner-ladder-playback-'));
  stand = await openStand(root);
});
afterEach(async () => {
  await stand.playback.close();
  await rm(root, { recursive: true, force: true });
});

const urlOf = (path: string): string => `${stand.base}/vod/post/${path}`;

async function text(path: string): Promise<string> {
  const answer = await fetch(urlOf(path));
  expect([path, answer.status, answer.headers.get('cache-control')]).toEqual([path, 200, 'no-cache']);
  return answer.text();
}

interface Held {
  media: string[];
  segments: string[];
}

/** All that a player finds that begins at the master. */
async function follow(): Promise<Held> {
  const master = HLS.parse(await text('master.m3u8')) as HLS.types.MasterPlaylist;
  const media = master.variants.flatMap(({ uri, audio }) => [uri, ...audio.map((one) => one.uri!)]);
  const segments: string[] = [];
  for (const path of new Set(media)) {
    const playlist = HLS.parse(await text(path)) as HLS.types.MediaPlaylist;
    const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : '';
    for (const { uri, map } of playlist.segments) segments.push(folder + map!.uri!, folder + uri);
  }
  return { media: [...new Set(media)], segments: [...new Set(segments)] };
}

async function expectServed({ media, segments }: Held): Promise<void> {
  for (const path of media) await text(path);
  for (const path of segments) {
    const answer = await fetch(urlOf(path), { method: 'HEAD' });
    expect([path, answer.status, answer.headers.get('cache-control')]).toEqual([
      path,
      200,
      'public, max-age=31536000, immutable',
    ]);
  }
}

test('a show of two sessions: the ladder takes the same addresses, and who watches the live segments goes on', async () => {
  const { layout } = stand;
  const index = await recordBroadcast(layout, 'show', [
    { sessionId: 'one', seconds: 6, previewSeconds: 2 },
    { sessionId: 'two', seconds: 4 },
  ]);
  const lines = [index.open, ...index.parts, ...index.segments].map(
    (record) => `${JSON.stringify(record)}\n`,
  );
  await mkdir(layout.broadcastDir('show'), { recursive: true });
  await writeFile(layout.timeline('show'), lines.join(''));
  const vodDir = layout.vodDir('post');
  const common = {
    vodDir,
    ffmpegPath: 'ffmpeg',
    ffprobePath: 'ffprobe',
    log: pino({ level: 'fatal' }),
    signal: new AbortController().signal,
    onProgress: () => {},
  };
  await writeVod(vodDir, index);
  const held = await follow();
  await expectServed(held);
  const original = await makeOriginal({ ...common, layout, index });

  const made = await makeLadder({ ...common, profile: DEFAULT_VIDEO_PROFILE });
  // Nothing has changed for anybody yet.
  expect(await follow()).toEqual(held);
  await publishLadder(vodDir);

  const found = await follow();
  expect(found.media).toEqual(['ladder/90p.m3u8', 'ladder/audio.m3u8']);
  await expectServed(found);
  await expectServed(held);
  expect(Math.abs(made.durationMs - original.durationMs)).toBeLessThan(2 * 40);
  for (const name of ['master.m3u8', 'manifest.mpd']) {
    const { json } = await ffprobe('-show_entries', 'format=duration', urlOf(name));
    expect(Math.abs(Number(json.format.duration) * 1000 - original.durationMs)).toBeLessThan(2 * 40);
    expect(await decodeErrors(urlOf(name))).toEqual([]);
  }
  for (const { name, mp4Bytes } of made.renditions) {
    const answer = await fetch(urlOf(`ladder/${name}.mp4`), { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, String(mp4Bytes)]);
  }
});
