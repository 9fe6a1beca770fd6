/** Of the slots of one process: a receiver that takes its full 10 s for each answer holds no more of them. */
const MAX_AT_ONCE = 20;
/** Who was turned away comes again after about two of the app's attempts, spread so that not all come together. */
const SHORTEST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 20_000;

interface AppLoad {
  running: number;
  /** How long its attempts take, smoothed. */
  typicalMs: number;
}

/** Keeps one app's slow receiver from taking all slots of a process. */
export class PerAppLimit {
  private readonly loads = new Map<number, AppLoad>();

  /** Runs `work`, or, where the app has as many at once as it may, answers `full` with the milliseconds to wait. */
  async within<T>(appId: number, work: () => Promise<T>, full: (waitMs: number) => T): Promise<T> {
    const load = this.loads.get(appId) ?? { running: 0, typicalMs: 0 };
    if (load.running >= MAX_AT_ONCE) return full(waitOf(load));
    this.loads.set(appId, load);
    load.running += 1;
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      load.running -= 1;
      load.typicalMs = 0.8 * load.typicalMs + 0.2 * (performance.now() - startedAt);
      if (load.running === 0) this.loads.delete(appId);
    }
  }
}

const waitOf = ({ typicalMs }: AppLoad): number =>
  Math.min(Math.max(2 * typicalMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS) * (1 + Math.random());
