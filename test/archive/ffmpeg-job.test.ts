import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runFfmpeg } from '../../src/media/archive/ffmpeg-job';
import { flvFileHeader } from '../../src/media/flv';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'showrunner-job-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const COMMON = ['-nostdin', '-hide_banner', '-loglevel', 'repeat+level+warning', '-y'];

function run(input: AsyncIterable<Buffer>, path = 'ffmpeg', format = 'flv'): Promise<void> {
  const output = join(dir, 'out.mp4');
  const args = [...COMMON, '-f', format, '-i', 'pipe:0', '-c', 'copy', output];
  return runFfmpeg({ path, args, input, output, signal: new AbortController().signal });
}

async function* broken(code: string): AsyncGenerator<Buffer> {
  yield flvFileHeader({ video: true, audio: true });
  throw Object.assign(new Error(`${code}: i/o error, read`), { code });
}

test.each([
  ['EIO', 'RECORDING_DAMAGED'],
  ['ENOENT', 'RECORDING_DAMAGED'],
  ['EMFILE', 'TRANSCODE_FAILED'],
])('an input that can not be read (%s) is %s, told once and to the caller alone', async (code, told) => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  await expect(run(broken(code))).rejects.toMatchObject({
    code: told,
    message: expect.stringContaining(code),
  });
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

test('an ffmpeg that stops reading is judged by its log, not by the broken pipe', async () => {
  const garbage = async function* () {
    for (let i = 0; i < 64; i += 1) yield Buffer.alloc(1024 * 1024, i);
  };
  // Its FLV reader looks for a tag to the very end; this one gives up at the first bytes.
  await expect(run(garbage(), 'ffmpeg', 'matroska')).rejects.toMatchObject({
    code: 'RECORDING_DAMAGED',
    message: expect.stringContaining('Invalid data found when processing input'),
  });
});

test('an ffmpeg that can not be started, with input waiting', async () => {
  await expect(run(broken('EIO'), join(dir, 'nowhere'))).rejects.toMatchObject({ code: 'TRANSCODE_FAILED' });
});

test('an ffmpeg that was killed may be tried again, whatever it said of its input before', async () => {
  const path = join(dir, 'ffmpeg');
  const said = '[error] Invalid data found when processing input';
  await writeFile(path, `#!/bin/sh\necho "${said}" >&2\nkill -KILL $$\n`, { mode: 0o755 });
  const output = join(dir, 'out.mp4');
  await expect(
    runFfmpeg({ path, args: [], output, signal: new AbortController().signal }),
  ).rejects.toMatchObject({
    code: 'TRANSCODE_FAILED',
    message: expect.stringContaining('SIGKILL'),
  });
});
