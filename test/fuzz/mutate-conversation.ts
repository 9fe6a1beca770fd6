import { amf } from '../support/rtmp-client';
import { CONVERSATIONS, encode, type Conversation, type Said } from './conversation';
import type { Dice } from './dice';
import { mutateBytes, pieces } from './mutate-bytes';

const MOST_CHANGES = 6;
const TIMES = [0, 1, 0xfffffe, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0xffffffff];
const LENGTHS = [0, 1, 127, 128, 129, 65_535, 65_536, 70_000, 4 << 20, 0xffffff];
const NUMBERS = [0, 1, 2, 5, 127, 128, 4_096, 65_535, 65_536, 0x7fffffff, 0xffffffff];
const TYPES = [0, 1, 2, 3, 4, 5, 6, 8, 9, 15, 16, 17, 18, 19, 20, 22, 255];

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Pieces of AMF0 that readers stumble over. */
const AMF_TRAPS: Buffer[] = [
  Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff]),
  Buffer.from([0x0c, 0xff, 0xff, 0xff, 0xff, 65]),
  Buffer.from([0x08, 0xff, 0xff, 0xff, 0xff, 0, 0, 9]),
  Buffer.concat(Array<Buffer>(20).fill(Buffer.from([3, 0, 1, 97]))),
  Buffer.from([0x07, 0, 0]),
  Buffer.from([0x10, 0, 1, 97]),
  Buffer.from([0x11, 6, 1]),
  amf('__proto__', { constructor: 1 }),
  amf(NaN, -1, Infinity),
];
const COMMANDS = ['connect', 'createStream', 'publish', 'play', 'deleteStream', 'FCPublish', 'releaseStream'];
const MORE_COMMANDS = ['FCUnpublish', 'closeStream', 'getStreamLength', 'toString', '__proto__', 'pause', ''];

/** A message that no recording has. */
function invented(dice: Dice): Said {
  const base = { chunkStream: 2 + dice.below(62), streamId: dice.below(3), timestamp: dice.pick(TIMES) };
  switch (dice.below(6)) {
    case 0:
      return { ...base, type: 1, chunkStream: 2, body: uint32(dice.pick(NUMBERS)) };
    case 1:
      return { ...base, type: 2, chunkStream: 2, body: uint32(dice.below(70)) };
    case 2:
      return { ...base, type: dice.pick([3, 5, 6]), chunkStream: 2, body: uint32(dice.pick(NUMBERS)) };
    case 3:
      return {
        ...base,
        type: 4,
        chunkStream: 2,
        body: Buffer.concat([dice.bytes(dice.below(3)), uint32(7)]),
      };
    case 4: {
      const name = dice.pick([...COMMANDS, ...MORE_COMMANDS]);
      return {
        ...base,
        type: dice.pick([17, 20]),
        body: amf(name, dice.below(9), null, 'fuzzseed', dice.below(3)),
      };
    }
    default:
      return { ...base, type: dice.pick(TYPES), body: dice.bytes(dice.below(40)) };
  }
}

/** Several media messages of the conversation in one aggregate. */
function aggregate(messages: Said[], dice: Dice): Said {
  const parts = Array.from({ length: 1 + dice.below(4) }, () => dice.pick(messages)).map(({ type, body }) => {
    const head = Buffer.alloc(11);
    head[0] = type;
    head.writeUIntBE(dice.oneIn(6) ? dice.pick(LENGTHS) : Math.min(body.length, 0xffffff), 1, 3);
    head.writeUIntBE(dice.below(0xffffff), 4, 3);
    return Buffer.concat([head, body, uint32(body.length + 11)]);
  });
  return { type: 22, chunkStream: 6, streamId: 1, timestamp: dice.pick(TIMES), body: Buffer.concat(parts) };
}

type Change = (messages: Said[], at: number, dice: Dice) => void;

const CHANGES: Change[] = [
  (messages, at) => void messages.splice(at, 1),
  (messages, at) => void messages.splice(at, 0, messages[at]!),
  (messages, at, dice) => void messages.splice(dice.below(messages.length), 0, ...messages.splice(at, 1)),
  (messages, at, dice) => void (messages[at] = { ...messages[at]!, type: dice.pick(TYPES) }),
  (messages, at, dice) =>
    void (messages[at] = { ...messages[at]!, streamId: dice.pick([0, 1, 2, 99, 0xffffffff]) }),
  (messages, at, dice) => void (messages[at] = { ...messages[at]!, timestamp: dice.pick(TIMES) }),
  (messages, at, dice) => void (messages[at] = { ...messages[at]!, chunkStream: 2 + dice.below(62) }),
  (messages, at, dice) => void (messages[at] = { ...messages[at]!, length: dice.pick(LENGTHS) }),
  (messages, at, dice) =>
    void (messages[at] = { ...messages[at]!, body: mutateBytes(messages[at]!.body, dice) }),
  (messages, at, dice) =>
    void (messages[at] = { ...messages[at]!, body: mutateBytes(messages[at]!.body, dice) }),
  (messages, at, dice) => {
    const { body } = messages[at]!;
    const cut = dice.below(body.length + 1);
    const trapped = Buffer.concat([body.subarray(0, cut), dice.pick(AMF_TRAPS), body.subarray(cut)]);
    messages[at] = { ...messages[at]!, body: trapped };
  },
  (messages, at, dice) => void messages.splice(at, 0, invented(dice)),
  (messages, at, dice) => void messages.splice(at, 0, aggregate(messages, dice)),
  (messages, at, dice) => {
    const { messages: others } = dice.pick(CONVERSATIONS);
    const from = dice.below(others.length);
    messages.splice(at, 0, ...others.slice(from, from + 1 + dice.below(5)));
  },
];

/** Without most of its media: what is said first matters most, and short conversations are fast ones. */
function shortened({ messages }: Conversation, dice: Dice): Said[] {
  return messages.slice(0, dice.oneIn(8) ? messages.length : Math.min(messages.length, 6 + dice.below(16)));
}

/** A conversation that no client would have, in the pieces in which it arrives. */
export function hostileConversation(dice: Dice): Buffer[] {
  const seed = dice.pick(CONVERSATIONS);
  // Every few, as recorded: with ffmpeg's own chunk headers, and bytes changed anywhere.
  if (dice.oneIn(5)) {
    const from = dice.oneIn(4) ? 0 : seed.handshake.length;
    const to = Math.min(seed.raw.length, seed.handshake.length + 400 + dice.below(4_000));
    const tail = mutateBytes(seed.raw.subarray(from, to), dice);
    return pieces(Buffer.concat([seed.raw.subarray(0, from), tail]), dice);
  }
  const messages = shortened(seed, dice);
  for (let left = 1 + dice.below(MOST_CHANGES); left > 0; left--) {
    if (messages.length === 0) messages.push(invented(dice));
    dice.pick(CHANGES)(messages, dice.below(messages.length), dice);
  }
  const encoded = encode(messages);
  return pieces(Buffer.concat([seed.handshake, dice.oneIn(6) ? mutateBytes(encoded, dice) : encoded]), dice);
}
