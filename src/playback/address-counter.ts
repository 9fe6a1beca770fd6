/** Counts what each address holds, and refuses above a bound. */
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

  /** Takes a place. Returns its release (safe twice), or which bound is reached. */
  take(address: string): (() => void) | 'total' | 'address' {
    const held = this.counts.get(address) ?? 0;
    if (this.total >= this.maxTotal) return 'total';
    if (held >= this.maxPerAddress) return 'address';
    this.counts.set(address, held + 1);
    this.total += 1;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.release(address);
    };
  }

  private release(address: string): void {
    const left = (this.counts.get(address) ?? 1) - 1;
    if (left > 0) this.counts.set(address, left);
    else this.counts.delete(address);
    this.total -= 1;
  }
}
