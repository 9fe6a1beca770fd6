import { addressGroup } from './address-group';

/** Counts what each address (see `addressGroup`) holds, and refuses above a bound. */
export class AddressCounter {
  private readonly counts = new Map<string, number>();
  private total = 0;

  constructor(
    private readonly maxTotal: number,
    private readonly maxPerAddress: number,
  ) {}

  get size(): number {
    return this.total;
  }

  /** Takes a place for a socket's `remoteAddress`. Returns its release (safe twice), or which bound is reached. */
  take(remoteAddress: string | undefined): (() => void) | 'total' | 'address' {
    const group = addressGroup(remoteAddress);
    const held = this.counts.get(group) ?? 0;
    if (this.total >= this.maxTotal) return 'total';
    if (held >= this.maxPerAddress) return 'address';
    this.counts.set(group, held + 1);
    this.total += 1;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.release(group);
    };
  }

  private release(group: string): void {
    const left = (this.counts.get(group) ?? 1) - 1;
    if (left > 0) this.counts.set(group, left);
    else this.counts.delete(group);
    this.total -= 1;
  }
}
