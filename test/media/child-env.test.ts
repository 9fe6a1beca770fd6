import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { runFfmpeg } from '../../src/media/archive/ffmpeg-job';
import { probeMedia } from '../../src/media/archive/probe-media';
import { FfmpegProcess } from '../../src/media/ffmpeg/process';

const SECRETS = { MASTER_KEY: 'a-master-key', DATABASE_URL: 'postgres://somebody@nowhere/db' };
let dir: string;
let program: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'showrunner-env-'));
  program = join(dir, 'program');
  // Tells what the kernel says it was started with.
  await writeFile(program, '#!/bin/sh\ncat /proc/$$/environ > "$0.environ"\necho "{}"\n');
  await chmod(program, 0o755);
  Object.assign(process.env, SECRETS);
});
afterEach(async () => {
  for (const name of Object.keys(SECRETS)) delete process.env[name];
  await rm(dir, { recursive: true, force: true });
});

const { signal } = new AbortController();
const job = () => runFfmpeg({ path: program, args: [], output: join(dir, 'out'), signal });
const probe = () => probeMedia(program, 'file', signal);
const live = () =>
  new FfmpegProcess({ path: program, args: [], outputs: 0, log: pino({ level: 'silent' }) }).closed;

test.each([
  ['of the archive', job],
  ['that probes', probe],
  ['of a live session', live],
])('a child %s knows where programs are found, and nothing else of our environment', async (_, start) => {
  await start();
  const environ = (await readFile(`${program}.environ`, 'latin1')).split('\0').filter(Boolean);
  expect(environ).toEqual([`PATH=${process.env.PATH}`]);
});
