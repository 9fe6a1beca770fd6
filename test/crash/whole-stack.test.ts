import { notedPids, startProcesses, type Processes } from '../support/processes';
import { until } from '../support/until';
import { MIN_SEGMENTS, Show, within } from './support/show';

/** Key frames of the encoder are a second apart, and so are the segments of RTMP mode at most. */
const SEGMENT_S = 1;

/** A machine is rebooted in the middle of a live broadcast: the show goes on when it and the encoder are back. */
describe('the whole stack, gone and started again in a live broadcast', () => {
  let processes: Processes;
  let show: Show | null = null;

  beforeEach(async () => {
    processes = await startProcesses();
  }, 120_000);
  afterEach(async () => {
    await show?.encoder.stop();
    show = null;
    await processes.remove();
  }, 60_000);

  /** What a power cut leaves: every process gone at once, nothing told to anybody. */
  async function killAll(): Promise<void> {
    const pids = Object.values(notedPids(processes.dataDir));
    await processes.kill();
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await until(() => pids.every(isGone), { ...within, what: 'all programs to be gone' });
  }

  it.each([
    ['stopped in order', () => processes.stop()],
    ['killed at once', killAll],
  ])(
    '%s: LIVE_INACTIVE, LIVE after the encoder returns, ARCHIVED with both parts',
    async (_, end) => {
      show = await Show.live(processes, 'RTMP');
      const before = show.segments;
      await end();
      await show.encoder.stop();
      processes = await startProcesses({ env: processes.env });
      show.goesOnAt(processes);
      await show.becomes('LIVE_INACTIVE');
      show.encoder.resume();
      await show.becomes('LIVE');
      await show.recorded(before + MIN_SEGMENTS);
      const after = show.segments - before;
      const { durationS } = await show.endsArchived();
      expect(durationS).toBeGreaterThanOrEqual((before + after) * SEGMENT_S - 1);
    },
    240_000,
  );
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
