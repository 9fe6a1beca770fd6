import { MockActivityEnvironment } from '@temporalio/testing';
import { tellingFailures } from '../../src/activities/archive/failures';
import { beatingWhenSlow } from '../../src/activities/beating';
import { CodedError } from '../../src/domain/errors';

const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

test.each([
  ['a full disk is waited for', new CodedError('DISK_FULL'), 1, 'DISK_FULL', false],
  ['also one that a write of ours met', full, 1, 'DISK_FULL', false],
  ['but not for ever', full, 12, 'DISK_FULL', true],
  ['ffmpeg may fail a few times', new CodedError('TRANSCODE_FAILED'), 4, 'TRANSCODE_FAILED', false],
  ['not more', new CodedError('TRANSCODE_FAILED'), 5, 'TRANSCODE_FAILED', true],
  ['what is damaged stays so', new CodedError('RECORDING_DAMAGED'), 1, 'RECORDING_DAMAGED', true],
  [
    'a database that is away is waited for',
    new CodedError('DATABASE_UNAVAILABLE'),
    999,
    'DATABASE_UNAVAILABLE',
    false,
  ],
])('%s', async (_, error, attempt, type, nonRetryable) => {
  const env = new MockActivityEnvironment({ attempt });
  const failing = env.run(() => tellingFailures(() => Promise.reject(error)));
  await expect(failing).rejects.toMatchObject({ type, nonRetryable, message: expect.stringMatching(/\w/) });
});

test('work that waits says all the time that it is at work, so that a dead process is noticed in seconds', async () => {
  const env = new MockActivityEnvironment();
  let beats = 0;
  let done = () => {};
  const enough = new Promise<void>((resolve) => (done = resolve));
  env.on('heartbeat', () => ((beats += 1), beats === 2 && done()));
  await expect(
    env.run(
      beatingWhenSlow(async (input: string) => (await enough, input)),
      'through',
    ),
  ).resolves.toBe('through');
});
