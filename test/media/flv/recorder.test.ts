import { execFileSync } from 'node:child_process';
import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaTag } from '../../../src/media/contract';
import { encodeTag, flvFileHeader, RawRecorder, truncateToLastCompleteTag } from '../../../src/media/flv';
import { ffprobe } from '../../support/ffmpeg';
import { until } from '../../support/until';
import { makeClip, readTags, tempFolder } from './clips';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let clip: MediaTag[];
beforeAll(async () => {
  folder = await tempFolder();
  clip = await readTags(await makeClip(join(folder.path, 'clip.flv')));
});
afterAll(() => folder.remove());

const at = (name: string): string => join(folder.path, name);
const videoOnly = (): MediaTag[] => clip.filter((tag) => tag.kind === 'video');

async function record(path: string, tags: MediaTag[]): Promise<{ bytes: number; errors: Error[] }> {
  const errors: Error[] = [];
  const recorder = new RawRecorder({ path, onError: (error) => errors.push(error) });
  for (const tag of tags) recorder.write(tag);
  await recorder.close();
  await recorder.close();
  return { bytes: recorder.bytes, errors };
}

test('what is recorded reads back the same, and ffprobe has nothing to say', async () => {
  const path = at('same.flv');
  const { bytes, errors } = await record(path, clip);
  expect(errors).toEqual([]);
  expect((await stat(path)).size).toBe(bytes);
  expect(await readTags(path)).toEqual(clip);
  const { json, stderr } = await ffprobe('-show_streams', '-count_packets', path);
  expect(stderr).toBe('');
  expect(json.streams.map((s: { codec_name: string }) => s.codec_name).sort()).toEqual(['aac', 'h264']);
});

test('the header names the tracks that came', async () => {
  await record(at('video.flv'), videoOnly());
  expect((await readFile(at('video.flv')))[4]).toBe(1);
  await record(at('both.flv'), clip);
  expect((await readFile(at('both.flv')))[4]).toBe(5);
});

test('onMetaData loses the wrapper that publishers send', async () => {
  const script = clip.find((tag) => tag.kind === 'script')!;
  const wrapper = Buffer.concat([Buffer.from([2, 0, 13]), Buffer.from('@setDataFrame')]);
  await record(at('script.flv'), [{ ...script, payload: Buffer.concat([wrapper, script.payload]) }]);
  expect((await readTags(at('script.flv')))[0]).toEqual(script);
});

test('timestamps use the extension byte and are unwrapped when read', async () => {
  const tag = videoOnly()[1]!;
  const times = [
    0x00ff_ffff, 0x0100_0000, 0xffff_ffff, 0x1_0000_0010, 0x1_7000_0000, 0x1_c000_0000, 0x2_0000_0001,
  ];
  await record(
    at('wrap.flv'),
    times.map((timestampMs) => ({ ...tag, timestampMs })),
  );
  expect((await readTags(at('wrap.flv'))).map((t) => t.timestampMs)).toEqual(times);
});

test('cut anywhere, a recording is shortened to its last complete tag', async () => {
  const whole = Buffer.concat([
    flvFileHeader({ audio: true, video: true }),
    ...videoOnly().slice(0, 4).map(encodeTag),
  ]);
  const ends = [13];
  for (const tag of videoOnly().slice(0, 4)) ends.push(ends.at(-1)! + encodeTag(tag).length);
  for (let length = 0; length <= whole.length; length += 97) {
    await writeFile(at('cut.flv'), whole.subarray(0, length));
    const complete = Math.max(0, ...ends.filter((end) => end <= length));
    const result = await truncateToLastCompleteTag(at('cut.flv'));
    expect(result.bytes).toBe(complete);
    expect(result.was).toBe(length === complete && length > 0 ? 'clean' : 'truncated');
    expect((await stat(at('cut.flv'))).size).toBe(complete);
    if (complete > 13) expect((await readFile(at('cut.flv')))[4]).toBe(1);
  }
});

test('a size that lies is not believed: no memory is taken for it', async () => {
  const lie = Buffer.alloc(200, 9);
  lie.writeUIntBE(0xffffff, 1, 3);
  await writeFile(at('lie.flv'), Buffer.concat([flvFileHeader({ audio: false, video: true }), lie]));
  expect(await readTags(at('lie.flv'))).toEqual([]);
  expect(await truncateToLastCompleteTag(at('lie.flv'))).toMatchObject({ bytes: 13, was: 'truncated' });
});

test('bytes that are no tag end the reading as corrupt', async () => {
  const tags = videoOnly().slice(0, 2).map(encodeTag);
  await writeFile(
    at('bad.flv'),
    Buffer.concat([flvFileHeader({ audio: false, video: true }), ...tags, Buffer.alloc(40, 0x55)]),
  );
  expect(await truncateToLastCompleteTag(at('bad.flv'))).toMatchObject({ was: 'corrupt' });
  expect((await readTags(at('bad.flv'))).length).toBe(2);
});

test('flush makes the file readable while it grows', async () => {
  const errors: Error[] = [];
  const recorder = new RawRecorder({ path: at('grow.flv'), onError: (e) => errors.push(e) });
  for (const tag of clip.slice(0, 10)) recorder.write(tag);
  await recorder.flush();
  expect(await readTags(at('grow.flv'))).toEqual(clip.slice(0, 10));
  for (const tag of clip.slice(10)) recorder.write(tag);
  await recorder.close();
  expect(await readTags(at('grow.flv'))).toEqual(clip);
  expect(errors).toEqual([]);
});

test('a file that can not be made is told once and never thrown', async () => {
  const { errors } = await record(at('no/such/folder.flv'), clip);
  expect(errors).toEqual([expect.objectContaining({ code: 'ENOENT' })]);
  const second = await record(at('clip.flv'), clip);
  expect(second.errors).toEqual([expect.objectContaining({ code: 'EEXIST' })]);
});

test('a queue above its bound is told as a disk that is too slow', async () => {
  const errors: NodeJS.ErrnoException[] = [];
  const recorder = new RawRecorder({
    path: at('slow.flv'),
    maxQueuedBytes: 1000,
    onError: (e) => errors.push(e),
  });
  for (const tag of clip) recorder.write(tag);
  expect(errors.map((e) => e.code)).toEqual(['RECORDER_TOO_SLOW']);
  await recorder.close();
  expect(errors.length).toBe(1);
});

const canMount = (): boolean => {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', '/mnt'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
};

(canMount() ? test : test.skip)('a full disk is told, and what is on it is cut to whole tags', async () => {
  const small = at('small');
  await mkdir(small);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]);
  try {
    const errors: NodeJS.ErrnoException[] = [];
    const recorder = new RawRecorder({ path: join(small, 'raw.flv'), onError: (e) => errors.push(e) });
    for (const tag of clip) recorder.write(tag);
    await until(() => errors.length > 0, { timeoutMs: 5000, what: 'the disk to be full' });
    for (const tag of clip) recorder.write(tag);
    await recorder.close();
    expect(errors.map((e) => e.code)).toEqual(['ENOSPC']);
    const kept = await readTags(join(small, 'raw.flv'));
    expect(kept.length).toBeGreaterThan(3);
    expect(kept).toEqual(clip.slice(0, kept.length));
    expect(await truncateToLastCompleteTag(join(small, 'raw.flv'))).toMatchObject({ was: 'clean' });
  } finally {
    execFileSync('umount', [small]);
  }
});

test('truncating what a crash left twice changes nothing more', async () => {
  await record(at('twice.flv'), clip);
  await truncate(at('twice.flv'), (await stat(at('twice.flv'))).size - 5);
  const first = await truncateToLastCompleteTag(at('twice.flv'));
  expect(first.was).toBe('truncated');
  const kept = await readTags(at('twice.flv'));
  const times = kept.filter((tag) => tag.kind !== 'script').map((tag) => tag.timestampMs);
  expect(first.durationMs).toBe(Math.max(...times) - times[0]!);
  expect(first.payloadBytes).toBe(kept.reduce((sum, tag) => sum + tag.payload.length, 0));
  expect(await truncateToLastCompleteTag(at('twice.flv'))).toEqual({ ...first, was: 'clean' });
});
