import { chmod, readdir, rm, stat, writeFile } from 'node:fs/promises';
import type { Ladder } from '../../src/media/ladder/make-ladder';
import { LadderPaths } from '../../src/media/ladder/names';
import { isWhole, readRecord } from '../../src/media/ladder/record';
import { until } from '../support/until';
import { at, dir, make, source } from './support/ladder';

/**
 * Two attempts at once: Temporal was away for longer than a heartbeat may be late, so it starts another attempt, and the first
 * one hears of it later, or never.
 */

const there = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );

async function program(name: string, script: string): Promise<string> {
  const path = at('..', name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** An attempt that stands still where it would run a program with `word` among its arguments, until it is let go on. */
async function standingAt(word: string, standing: 'ffmpeg' | 'ffprobe' = 'ffmpeg') {
  const stands = at('..', 'stands');
  const wait = `touch ${stands}; until [ -e ${at('..', 'go')} ]; do sleep 0.1; done`;
  const path = await program(standing, `case "$*" in *${word}*) ${wait};; esac\nexec ${standing} "$@"`);
  const controller = new AbortController();
  const outcome: Promise<Ladder | Error> = make({
    [`${standing}Path`]: path,
    signal: controller.signal,
  }).catch((error: Error) => error);
  await until(() => there(stands), { timeoutMs: 60_000, what: 'the attempt to stand' });
  return {
    giveUp: () => (controller.abort(new Error('given up')), outcome),
    goOn: () => writeFile(at('..', 'go'), '').then(() => outcome),
  };
}

/** What viewers are given: each file by its inode, so that one made anew is told from the one before. */
async function finished() {
  const paths = new LadderPaths(dir);
  const record = (await readRecord(paths))!;
  const inodes: Record<string, number> = {};
  for (const { track } of record.tracks) {
    for (const name of await readdir(paths.track(track.id)))
      inodes[`${track.id}/${name}`] = (await stat(at('ladder', track.id, name))).ino;
  }
  return { isWhole: await isWhole(paths, record), names: await readdir(paths.dir), record, inodes };
}

test.each(['pipe:3', 'concat', 'libx264'])(
  'an attempt that is given up at %s takes nothing from the next one',
  async (word) => {
    await source({ seconds: 2 });
    const first = await standingAt(word);
    await make();
    const before = await finished();
    expect(before.isWhole).toBe(true);
    expect(await first.giveUp()).toMatchObject({ message: 'given up' });
    expect(await finished()).toEqual(before);
  },
  120_000,
);

test('an attempt that comes late leaves what is being watched as it is', async () => {
  await source({ seconds: 2 });
  await (await standingAt('pipe:3')).giveUp();
  await rm(at('..', 'stands'));
  const first = await standingAt('audio.mp4', 'ffprobe');
  const made = await make();
  const before = await finished();
  expect(await first.goOn()).toEqual(made);
  expect(await finished()).toEqual(before);
}, 120_000);

test.each([
  ['was killed', 'kill -9 $$'],
  ['is not there', null],
])(
  'an ffprobe that %s says nothing of the recording, and costs no finished chunk',
  async (_, script) => {
    await source({ seconds: 4 });
    const first = await standingAt('concat');
    await first.giveUp();
    const ffprobePath = script === null ? '/nonexistent/ffprobe' : await program('ffprobe', script);
    const chunks = await readdir(at('ladder', 'work'));
    await expect(make({ ffprobePath })).rejects.toMatchObject({ code: 'TRANSCODE_FAILED' });
    expect(await readdir(at('ladder', 'work'))).toEqual(chunks);
  },
  120_000,
);
