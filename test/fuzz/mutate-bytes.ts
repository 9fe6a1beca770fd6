import type { Dice } from './dice';

/** Numbers at which sizes and counts go wrong. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0xffffff, 0x7fffffff, 0xffffffff];
const MOST_MUTATIONS = 6;
/** What a repeated slice may grow an input by. */
const MAX_SLICE_BYTES = 256;

type Mutation = (bytes: Buffer, dice: Dice) => Buffer;

const cut = (bytes: Buffer, dice: Dice): [number, number] => {
  const from = dice.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + dice.below(MAX_SLICE_BYTES))];
};

const MUTATIONS: Mutation[] = [
  // One byte is another.
  (bytes, dice) => set(bytes, dice.below(bytes.length), dice.below(256)),
  (bytes, dice) => set(bytes, dice.below(bytes.length), dice.pick([0, 1, 0x7f, 0x80, 0xff])),
  // One bit is another.
  (bytes, dice) => {
    const at = dice.below(bytes.length);
    return set(bytes, at, bytes[at]! ^ (1 << dice.below(8)));
  },
  // An edge as a big-endian number of one to four bytes.
  (bytes, dice) => {
    const size = Math.min(1 + dice.below(4), bytes.length);
    const value = dice.pick(EDGES) % 2 ** (8 * size);
    bytes.writeUIntBE(value, dice.below(bytes.length - size + 1), size);
    return bytes;
  },
  // A part is missing, is there twice, or is noise.
  (bytes, dice) => {
    const [from, to] = cut(bytes, dice);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, dice) => {
    const [from, to] = cut(bytes, dice);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  (bytes, dice) => {
    const [from] = cut(bytes, dice);
    return Buffer.concat([bytes.subarray(0, from), dice.bytes(dice.below(32)), bytes.subarray(from)]);
  },
  // It ends early.
  (bytes, dice) => bytes.subarray(0, dice.below(bytes.length + 1)),
];

function set(bytes: Buffer, at: number, value: number): Buffer {
  bytes[at] = value;
  return bytes;
}

/** A changed copy of `seed`: one to six mutations. */
export function mutateBytes(seed: Buffer, dice: Dice): Buffer {
  let bytes: Buffer = Buffer.from(seed);
  for (let left = 1 + dice.below(MOST_MUTATIONS); left > 0; left--) {
    bytes =
      bytes.length === 0 ? dice.bytes(1 + dice.below(16)) : Buffer.from(dice.pick(MUTATIONS)(bytes, dice));
  }
  return bytes;
}

/** The bytes in pieces, as a network might cut them: whole, in few large ones, or some very small ones. */
export function pieces(bytes: Buffer, dice: Dice): Buffer[] {
  const largest = dice.pick([bytes.length, 4_096, 512, 64]);
  const result: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = 1 + dice.below(Math.max(1, largest));
    result.push(bytes.subarray(at, at + size));
    at += size;
  }
  return result;
}
