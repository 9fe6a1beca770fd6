import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openFrontDoors } from '../contract/support/front-doors';
import { until } from '../support/until';

/**
 * Records what fuzzing starts from, by real ffmpeg: `node -r ./scripts/support/ts-register.cjs test/fuzz/record-seeds.ts`.
 * Conversations are what the client sent, taken off the wire by a small TCP proxy.
 */

const FIXTURES = join(__dirname, '../fixtures');
const run = promisify(execFile);
const ffmpeg = (...args: string[]) => run('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args]);

const PICTURE = ['-f', 'lavfi', '-i', 'testsrc=size=64x64:rate=10'];
const TONE = ['-f', 'lavfi', '-i', 'sine=sample_rate=44100'];
const VIDEO = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '5', '-pix_fmt', 'yuv420p'];
const AUDIO = ['-c:a', 'aac', '-b:a', '16k', '-ac', '1'];
const LENGTH = ['-t', '1'];

/** Passes one connection on to `port` and keeps what its client says. */
async function proxy(port: number): Promise<{ port: number; said(): Buffer; close(): void }> {
  const chunks: Buffer[] = [];
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    client.on('data', (bytes: Buffer) => chunks.push(bytes));
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      socket.on('error', () => {
        client.destroy();
        upstream.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    said: () => Buffer.concat(chunks),
    close: () => void server.close(),
  };
}

async function record(
  name: string,
  upstream: number,
  talk: (url: string) => Promise<unknown>,
): Promise<void> {
  const between = await proxy(upstream);
  await talk(`rtmp://127.0.0.1:${between.port}/live`);
  between.close();
  const said = between.said();
  writeFileSync(join(FIXTURES, 'rtmp', `${name}.bin`), said);
  console.log(`${name}: ${said.length} bytes`);
}

async function main(): Promise<void> {
  const doors = await openFrontDoors({});
  const key = doors.keys.add('fuzzseed');
  const to = (url: string) => ['-f', 'flv', `${url}/fuzzseed?mode=RTMP`];
  await record('publish', doors.rtmpPort, (url) =>
    ffmpeg(...PICTURE, ...TONE, ...LENGTH, ...VIDEO, ...AUDIO, ...to(url)),
  );
  await record('publish-video', doors.rtmpPort, (url) => ffmpeg(...PICTURE, ...LENGTH, ...VIDEO, ...to(url)));
  await record('publish-audio', doors.rtmpPort, (url) => ffmpeg(...TONE, ...LENGTH, ...AUDIO, ...to(url)));
  const live = ffmpeg(
    '-re',
    ...PICTURE,
    '-t',
    '4',
    ...VIDEO,
    '-f',
    'flv',
    `rtmp://127.0.0.1:${doors.rtmpPort}/live/fuzzseed`,
  );
  await until(() => doors.media.open === 1, { timeoutMs: 5_000, what: 'a stream to play' });
  await record('play', doors.rtmpPort, (url) =>
    ffmpeg(
      '-i',
      `${url}/${doors.media.playNameOf(key.streamKeyId)}`,
      '-t',
      '1',
      '-c',
      'copy',
      '-f',
      'null',
      '-',
    ),
  );
  await live;
  await doors.close();
  const media = join(FIXTURES, 'media');
  await ffmpeg(...PICTURE, ...TONE, ...LENGTH, ...VIDEO, ...AUDIO, join(media, 'clip.flv'));
  const fragments = [
    '-movflags',
    '+cmaf+frag_keyframe+delay_moov+skip_trailer+default_base_moof',
    '-frag_duration',
    '490000',
  ];
  await ffmpeg(...PICTURE, ...LENGTH, ...VIDEO, '-f', 'mp4', ...fragments, join(media, 'video.mp4'));
  await ffmpeg(...TONE, ...LENGTH, ...AUDIO, '-f', 'mp4', ...fragments, join(media, 'audio.mp4'));
}

void main();
