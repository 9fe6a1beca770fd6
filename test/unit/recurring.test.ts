import { Recurring } from '../../src/recurring';
import { until } from '../support/until';

const SHORT_MS = 5;
const HOUR_MS = 3_600_000;
const TIMES = { timeoutMs: 5_000 };

/** A run that ends when the test says so. */
class Work {
  begun = 0;
  atOnce = 0;
  most = 0;
  stopped: boolean[] = [];
  readonly errors: unknown[] = [];
  release: () => void = () => undefined;

  of = (everyMs: number): Recurring =>
    new Recurring({ everyMs, run: (isStopping) => this.run(isStopping), failed: (e) => this.errors.push(e) });

  private async run(isStopping: () => boolean): Promise<void> {
    this.begun += 1;
    this.atOnce += 1;
    this.most = Math.max(this.most, this.atOnce);
    await new Promise<void>((done) => (this.release = done));
    this.stopped.push(isStopping());
    this.atOnce -= 1;
    if (this.begun === 1) throw new Error('the first run fails');
  }
}

describe('work that recurs', () => {
  afterEach(() => jest.useRealTimers());

  it('begins one interval after its start, or at once when asked', async () => {
    const work = new Work();
    const recurring = work.of(HOUR_MS);
    recurring.start();
    expect(work.begun).toBe(0);
    const run = recurring.now();
    expect(work.begun).toBe(1);
    work.release();
    await run;
    await recurring.stop();
  });

  it('one run at a time, whoever asks for it', async () => {
    const work = new Work();
    const recurring = work.of(SHORT_MS);
    recurring.start();
    await until(() => work.begun === 1, { ...TIMES, what: 'the first run' });
    const [asked, again] = [recurring.now(), recurring.now()];
    expect([asked === again, work.begun]).toEqual([true, 1]);
    work.release();
    await until(() => work.begun === 2, { ...TIMES, what: 'the second run' });
    const stopped = recurring.stop();
    work.release();
    await stopped;
    expect(work.most).toBe(1);
  });

  it('goes on after a run that failed, and says so', async () => {
    const work = new Work();
    const recurring = work.of(SHORT_MS);
    recurring.start();
    await until(() => work.begun === 1, { ...TIMES, what: 'the first run' });
    work.release();
    await until(() => work.begun === 2, { ...TIMES, what: 'the second run' });
    expect(work.errors).toMatchObject([{ message: 'the first run fails' }]);
    const stopped = recurring.stop();
    work.release();
    await stopped;
    expect(work.errors).toHaveLength(1);
  });

  it('is stopped once the run under way is over, which is told of it, and begins no more', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const work = new Work();
    const recurring = work.of(HOUR_MS);
    recurring.start();
    jest.advanceTimersByTime(HOUR_MS);
    expect(work.begun).toBe(1);
    let isStopped = false;
    const stopped = Promise.all([recurring.stop(), recurring.stop()]).then(() => (isStopped = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isStopped).toBe(false);
    work.release();
    await stopped;
    expect(work.stopped).toEqual([true]);
    recurring.start();
    expect(jest.getTimerCount()).toBe(0);
  });
});
