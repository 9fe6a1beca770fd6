import { monotonicMs } from './monotonic';

const MINUTE_MS = 60_000;
/** Addresses remembered at once: a scan from many addresses must not grow our memory. */
const MAX_ADDRESSES = 10_000;

/** Counts wrong keys per address over the last minute. */
export class WrongKeyLimiter {
  private readonly counts = new Map<string, { since: number; wrong: number }>();

  constructor(private readonly perMinute: number) {}

  isBlocked(address: string): boolean {
    return (this.current(address)?.wrong ?? 0) >= this.perMinute;
  }

  wrong(address: string): void {
    const entry = this.current(address) ?? { since: monotonicMs(), wrong: 0 };
    entry.wrong += 1;
    this.counts.set(address, entry);
    if (this.counts.size > MAX_ADDRESSES) this.counts.delete(this.counts.keys().next().value!);
  }

  private current(address: string): { since: number; wrong: number } | null {
    const entry = this.counts.get(address);
    if (!entry || monotonicMs() - entry.since < MINUTE_MS) return entry ?? null;
    this.counts.delete(address);
    return null;
  }
}
