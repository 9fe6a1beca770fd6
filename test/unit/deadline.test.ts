import { doneWithin, within } from '../../src/deadline';

const LONG_MS = 60_000;
const SHORT_MS = 5;
const never = new Promise<never>(() => undefined);
const late = () => new Error('late');

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('a promise with a deadline', () => {
  it('answers with the work where that is in time, and leaves no timer', async () => {
    const before = timers();
    await expect(within(LONG_MS, Promise.resolve('done'), late)).resolves.toBe('done');
    await expect(doneWithin(LONG_MS, Promise.resolve('done'))).resolves.toBe(true);
    expect(timers()).toBe(before);
  });

  it("passes on the work's own error, and leaves no timer", async () => {
    const before = timers();
    await expect(within(LONG_MS, Promise.reject(new Error('broken')), late)).rejects.toThrow('broken');
    await expect(doneWithin(LONG_MS, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(timers()).toBe(before);
  });

  it('answers at the deadline where the work is late', async () => {
    await expect(within(SHORT_MS, never, late)).rejects.toThrow('late');
    await expect(doneWithin(SHORT_MS, never)).resolves.toBe(false);
  });

  it('drops an error that comes after the deadline', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    try {
      const fail: ((error: Error) => void)[] = [];
      const work = () => new Promise<void>((_resolve, reject) => fail.push(reject));
      await expect(within(SHORT_MS, work(), late)).rejects.toThrow('late');
      await expect(doneWithin(SHORT_MS, work())).resolves.toBe(false);
      for (const reject of fail) reject(new Error('too late'));
      // Node tells of unhandled rejections once the microtasks of a turn are done.
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).not.toHaveBeenCalled();
    } finally {
      process.off('unhandledRejection', unhandled);
    }
  });
});
