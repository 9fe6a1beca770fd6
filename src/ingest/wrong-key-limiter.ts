import { createHash } from 'node:crypto';
import { monotonicMs } from './monotonic';

const MINUTE_MS = 60_000;
/** Addresses remembered at once: a scan from many addresses must not grow our memory. */
const MAX_ADDRESSES = 10_000;

interface Guesses {
  since: number;
  /** Digests: what is wrong today may have been somebody's key yesterday. */
  names: Set<string>;
}

/**
 * Counts different wrong keys per address over the last minute. Different ones only: an encoder that retries with a key that was
 * replaced is no guesser, and must not lock out the new key of the same house.
 */
export class WrongKeyLimiter {
  private readonly guesses = new Map<string, Guesses>();

  constructor(private readonly perMinute: number) {}

  isBlocked(address: string): boolean {
    return (this.current(address)?.names.size ?? 0) >= this.perMinute;
  }

  wrong(address: string, name: string): void {
    const entry = this.current(address) ?? { since: monotonicMs(), names: new Set<string>() };
    if (entry.names.size < this.perMinute) entry.names.add(digest(name));
    this.guesses.set(address, entry);
    if (this.guesses.size > MAX_ADDRESSES) this.guesses.delete(this.guesses.keys().next().value!);
  }

  private current(address: string): Guesses | null {
    const entry = this.guesses.get(address);
    if (!entry || monotonicMs() - entry.since < MINUTE_MS) return entry ?? null;
    this.guesses.delete(address);
    return null;
  }
}

const digest = (name: string): string => createHash('sha256').update(name).digest('base64url');
