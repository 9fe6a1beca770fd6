import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ffmpeg } from '../support/ffmpeg';
import { startEncoder, stopEncoder } from './support/encoder';
import { videoPackets } from './support/packets';
import { startShowrunner, type Showrunner } from './support/showrunner';
import { PROGRAM_FILE, problemsOf, publishedTypes } from './support/document-types';
import type { Program, World } from './from-the-document/world';

const { playBroadcast, uploadVideo } = jest.requireActual<Program>('./from-the-document/program');

/** Real processes, and an archive that is waited for. */
jest.setTimeout(180_000);

let showrunner: Showrunner;
beforeAll(async () => {
  showrunner = await startShowrunner();
});
afterAll(() => showrunner?.stop());

function world(): World {
  const { apiKey, apiSecret } = showrunner.credentials;
  return {
    base: showrunner.addresses.api,
    apiKey,
    apiSecret,
    publish: (url) => {
      const encoder = startEncoder(url);
      return { stop: () => stopEncoder(encoder) };
    },
  };
}

test('the compiler finds nothing against a program that knows only types made of the published documents', async () => {
  const types = await publishedTypes(showrunner.addresses.api);
  expect(problemsOf(types)).toEqual([]);
  const program = readFileSync(PROGRAM_FILE, 'utf8');
  const wrong = program.replace("appUserId: 'reader'", "appUserIdentity: 'reader'");
  expect(problemsOf(new Map([...types, [PROGRAM_FILE, wrong]]))).toEqual([
    expect.stringContaining('appUserIdentity'),
  ]);
});

test('a program written from the published documents alone broadcasts, and gets its recording', async () => {
  const { vodUrl } = await playBroadcast(world());
  expect((await videoPackets(vodUrl)).length).toBeGreaterThan(10);
});

test('and uploads a video in parts, which is processed and plays', async () => {
  const clip = join(showrunner.dataDir, 'clip.mp4');
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25:duration=3'];
  const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=3'];
  await ffmpeg(...picture, ...sound, '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', clip);
  const bytes = readFileSync(clip);
  const url = await uploadVideo(world(), { name: 'clip.mp4', bytes });
  expect((await videoPackets(url)).length).toBeGreaterThan(10);
});
