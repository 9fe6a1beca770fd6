import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import type { MediaTag } from '../../src/media/contract';
import { readTimeline } from '../../src/media/timeline/read';
import { writeVod } from '../../src/media/vod/write';
import { createPlayback, type Playback } from '../../src/playback';
import { openSession, play, shifted, sourceTags, stage, type Stage } from '../media/plane/harness';
import { ffprobe } from '../support/ffmpeg';
import { OPEN_GATE } from '../support/open-gate';

/** The real media plane behind the real server: what a viewer gets over HTTP, as ffprobe judges it. */

let tags: MediaTag[];
let on: Stage;
let playback: Playback;
let base: string;
beforeAll(async () => {
  tags = await sourceTags({ seconds: 7, size: '640x360' });
  on = await stage();
  const log = pino({ level: 'fatal' });
  playback = createPlayback({
    ...{ host: '127.0.0.1', port: 0, media: on.plane, access: OPEN_GATE },
    ...{ layout: on.layout, log },
  });
  base = `http://127.0.0.1:${await playback.listen()}`;
});
afterAll(async () => {
  await on.close();
  await playback.close();
});

const status = async (path: string): Promise<number> => (await fetch(base + path)).status;

async function streamsOf(path: string): Promise<string[]> {
  const { json } = await ffprobe('-show_streams', base + path);
  return json.streams.map((stream: { codec_name: string }) => stream.codec_name).sort();
}

test('a broadcast over a drop, watched live by HLS, DASH and HTTP-FLV, and then as VOD', async () => {
  const first = openSession(on.plane, 'RTMP_CMAF');
  const preview = `/live/${first.facts.previewName}`;
  const playing = play(first.pipeline, tags, 2);
  await first.viewable;
  expect(await streamsOf(`${preview}/master.m3u8`)).toContain('h264');
  expect(await status('/live/show/master.m3u8')).toBe(404);
  expect(await status('/egress/show.flv')).toBe(404);

  const goLiveAt = new Date().toISOString();
  await on.plane.openBroadcast({ playbackName: 'show', sessionId: first.facts.sessionId, goLiveAt });
  const watching = fetch(`${base}/egress/show.flv`).then((answer) => answer.arrayBuffer());
  // The first request blocks until the first public segment is there.
  const master = await fetch(`${base}/live/show/master.m3u8`);
  expect([master.status, master.headers.get('content-type')]).toEqual([200, 'application/vnd.apple.mpegurl']);
  expect(await streamsOf('/live/show/master.m3u8')).toEqual(['aac', 'h264']);
  await playing;
  // The session's first segment is preview: not there under the public name, however easy its name is to guess.
  const shown = await (await fetch(`${base}/live/show/v360.m3u8`)).text();
  expect(shown).not.toContain('0/v360/00001.m4s');
  expect(await status(`${preview}/0/v360/00001.m4s`)).toBe(200);
  expect(await status('/live/show/0/v360/00001.m4s')).toBe(404);
  expect(await status(`/live/show/${/^0\/v360\/\d+\.m4s$/m.exec(shown)![0]}`)).toBe(200);
  await first.pipeline.end('connection_lost');

  const second = openSession(on.plane, 'RTMP_CMAF', { playbackName: 'show', goLiveAt });
  await play(second.pipeline, shifted(tags, 500_000), 8);
  await second.pipeline.end('client_closed');
  expect(await (await fetch(`${base}/live/show/manifest.mpd`)).text()).toContain('<Period');
  await on.plane.closeBroadcast({ playbackName: 'show', endedAt: new Date().toISOString() });

  const path = join(on.layout.root, 'watched.flv');
  await writeFile(path, Buffer.from(await watching));
  const { json } = await ffprobe('-show_packets', '-show_entries', 'packet=codec_type,dts', path);
  const times = json.packets
    .filter((packet: { codec_type: string }) => packet.codec_type === 'video')
    .map((packet: { dts: number }) => packet.dts);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  // At least the whole second session, and something of the first.
  expect(times.at(-1) - times[0]).toBeGreaterThan(7500);

  await expectVod();
});

async function expectVod(): Promise<void> {
  const index = await readTimeline(on.layout.timeline('show'));
  const { durationMs } = await writeVod(on.layout.vodDir('post'), index!);
  expect(await streamsOf('/vod/post/master.m3u8')).toEqual(['aac', 'h264']);
  const { json } = await ffprobe('-show_format', `${base}/vod/post/master.m3u8`);
  expect(Math.abs(Number(json.format.duration) * 1000 - durationMs)).toBeLessThan(300);
  const playlist = await (await fetch(`${base}/vod/post/v360.m3u8`)).text();
  const named = [...playlist.matchAll(/^(?!#)(.+)$|URI="([^"]+)"/gm)].map((match) => match[1] ?? match[2]!);
  expect(named.length).toBeGreaterThan(4);
  for (const uri of named) expect([uri, await status(`/vod/post/${uri}`)]).toEqual([uri, 200]);
}
