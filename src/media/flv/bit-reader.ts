/** Reads bits, most significant first. Throws RangeError past the end, so that parsers need no checks of their own. */
export class BitReader {
  private position = 0;

  constructor(private readonly bytes: Buffer) {}

  /** One bit. */
  flag(): boolean {
    const byte = this.bytes[this.position >> 3];
    if (byte === undefined) throw new RangeError('ran out of bits');
    const bit = (byte >> (7 - (this.position & 7))) & 1;
    this.position += 1;
    return bit === 1;
  }

  /** Up to 32 bits, unsigned. */
  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i += 1) value = value * 2 + (this.flag() ? 1 : 0);
    return value;
  }

  /** Exp-Golomb, unsigned: ue(v). */
  ue(): number {
    let zeros = 0;
    while (!this.flag()) {
      zeros += 1;
      if (zeros > 31) throw new RangeError('an Exp-Golomb code longer than 32 bits');
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** Exp-Golomb, signed: se(v). */
  se(): number {
    const code = this.ue();
    return code % 2 === 0 ? -(code / 2) : (code + 1) / 2;
  }
}
