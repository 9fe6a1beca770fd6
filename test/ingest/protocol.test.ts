import { NmsProtocol } from '../../src/ingest/rtmp/nms-protocol';
import type { RtmpMessage, RtmpProtocolLimits } from '../../src/ingest/rtmp/protocol';
import { RtmpProtocolError } from '../../src/ingest/rtmp/protocol-error';
import { amf, AVC_HEADER, message } from '../support/rtmp-client';

const LIMITS: RtmpProtocolLimits = {
  maxMessageBytes: 4 << 20,
  maxEarlyMessageBytes: 64 << 10,
  maxAssemblyBytes: 8 << 20,
  maxEarlyAssemblyBytes: 128 << 10,
  earlyMessageRate: { burst: 256, perSecond: 50 },
  mediaMessageRate: { burst: 50_000, perSecond: 50_000 },
  maxChunkStreams: 32,
  maxChunkSizeBytes: 65_535,
};
const HANDSHAKE = Buffer.concat([Buffer.from([3]), Buffer.alloc(3_072, 1)]);

function protocol() {
  const messages: RtmpMessage[] = [];
  const written: Buffer[] = [];
  const parser = new NmsProtocol(LIMITS, {
    onMessage: (one) => messages.push(one),
    onOutput: (bytes) => written.push(bytes),
    onAcknowledgementWindow: () => undefined,
  });
  parser.expectMedia();
  return { parser, messages, written };
}

/** Repeatable numbers in [0, below). */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
}

/** Feeds `bytes` in pieces of random size. */
function feed(parser: NmsProtocol, bytes: Buffer, random: (below: number) => number): void {
  for (let at = 0; at < bytes.length;) {
    const size = 1 + random(random(4) === 0 ? 2_000 : 20);
    parser.receive(bytes.subarray(at, at + size));
    at += size;
  }
}

const basic = (fmt: number, id: number): Buffer => {
  if (id < 64) return Buffer.from([(fmt << 6) | id]);
  if (id < 320) return Buffer.from([fmt << 6, id - 64]);
  return Buffer.from([(fmt << 6) | 1, (id - 64) & 0xff, (id - 64) >> 8]);
};
const header = (time: number, length: number, type: number): Buffer => {
  const bytes = Buffer.alloc(7);
  bytes.writeUIntBE(time, 0, 3);
  bytes.writeUIntBE(length, 3, 3);
  bytes[6] = type;
  return bytes;
};
const stream1 = Buffer.from([1, 0, 0, 0]);

test('chunk streams of one, two and three byte ids interleave, wherever the network cuts', () => {
  const video = Buffer.from(Array.from({ length: 300 }, (_, i) => i & 0xff));
  const audio = Buffer.from(Array.from({ length: 200 }, (_, i) => (i * 3) & 0xff));
  const bytes = Buffer.concat([
    HANDSHAKE,
    basic(0, 64),
    header(100, 300, 9),
    stream1,
    video.subarray(0, 128),
    basic(0, 400),
    header(90, 200, 8),
    stream1,
    audio.subarray(0, 128),
    basic(3, 64),
    video.subarray(128, 256),
    basic(3, 400),
    audio.subarray(128),
    basic(3, 64),
    video.subarray(256),
    // Deltas: 20 by a short header, the same again by none.
    basic(2, 400),
    Buffer.from([0, 0, 20]),
    audio.subarray(0, 128),
    basic(3, 400),
    audio.subarray(128),
    basic(3, 400),
    audio.subarray(0, 128),
    basic(3, 400),
    audio.subarray(128),
    basic(1, 64),
    header(40, 5, 9),
    video.subarray(0, 5),
    // 400 and 64 + 400 % 256 must not be the same stream to anybody.
    basic(1, 144),
    header(0, 3, 18),
    Buffer.from([2, 0, 0]),
  ]);
  for (let seed = 1; seed <= 50; seed++) {
    const { parser, messages } = protocol();
    feed(parser, bytes, dice(seed));
    expect(messages).toEqual([
      { kind: 'audio', timestamp: 90, payload: audio },
      { kind: 'video', timestamp: 100, payload: video },
      { kind: 'audio', timestamp: 110, payload: audio },
      { kind: 'audio', timestamp: 130, payload: audio },
      { kind: 'video', timestamp: 140, payload: video.subarray(0, 5) },
      { kind: 'script', timestamp: 0, payload: Buffer.from([2, 0, 0]) },
    ]);
  }
});

test.each([
  [64, 320],
  [65, 320],
  [319, 320],
  [144, 400],
  [321, 576],
  [65_599, 319],
])('chunk streams %i and %i are two', (one, other) => {
  const [first, second] = [Buffer.alloc(200, 1), Buffer.alloc(200, 2)];
  const { parser, messages } = protocol();
  parser.receive(HANDSHAKE);
  parser.receive(Buffer.concat([basic(0, one), header(0, 200, 8), stream1, first.subarray(0, 128)]));
  parser.receive(Buffer.concat([basic(0, other), header(0, 200, 9), stream1, second.subarray(0, 128)]));
  parser.receive(Buffer.concat([basic(3, one), first.subarray(128)]));
  parser.receive(Buffer.concat([basic(3, other), second.subarray(128)]));
  expect(messages).toEqual([
    { kind: 'audio', timestamp: 0, payload: first },
    { kind: 'video', timestamp: 0, payload: second },
  ]);
});

test('extended timestamps, also repeated on every chunk, and a clock that wraps at 2^32', () => {
  const body = Buffer.alloc(300, 5);
  const { parser, messages } = protocol();
  const first = message({ type: 9, chunkStream: 5, streamId: 1, timestamp: 0xfffffff0, body });
  const delta = Buffer.concat([basic(1, 5), header(0x20, 3, 9), Buffer.from([1, 2, 3])]);
  feed(parser, Buffer.concat([HANDSHAKE, first, delta, delta]), dice(1));
  expect(messages.map((one) => one.kind === 'video' && one.timestamp)).toEqual([0xfffffff0, 0x10, 0x30]);
});

test('payloads are never reused', () => {
  const { parser, messages } = protocol();
  const one = (fill: number) =>
    message({ type: 9, chunkStream: 5, streamId: 1, body: Buffer.alloc(500, fill) });
  parser.receive(Buffer.concat([HANDSHAKE, one(1), one(2), one(3)]));
  expect(messages.map((each) => each.kind === 'video' && each.payload[499])).toEqual([1, 2, 3]);
});

/** A whole publish, as an encoder sends it. */
const PUBLISH = Buffer.concat([
  HANDSHAKE,
  message({ type: 1, chunkStream: 2, body: Buffer.from([0, 0, 0, 128]) }),
  message({
    type: 20,
    body: amf('connect', 1, {
      app: 'live',
      tcUrl: 'rtmp://x/live',
      flashVer: 'x',
      nested: { a: [] as never },
    }),
  }),
  message({ type: 20, body: amf('createStream', 2, null) }),
  message({ type: 20, streamId: 1, body: amf('publish', 3, null, 'key', 'live') }),
  message({ type: 18, streamId: 1, body: amf('@setDataFrame', 'onMetaData', { width: 1, encoder: 'x' }) }),
  message({ type: 9, chunkStream: 5, streamId: 1, body: AVC_HEADER }),
  message({
    type: 22,
    chunkStream: 6,
    streamId: 1,
    body: Buffer.from([9, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 12]),
  }),
  message({ type: 4, chunkStream: 2, body: Buffer.from([0, 6, 0, 0, 0, 1]) }),
  message({ type: 2, chunkStream: 2, body: Buffer.from([0, 0, 0, 5]) }),
]);

/** FUZZ_SESSIONS raises it for a long run by hand. */
const SESSIONS = Number(process.env.FUZZ_SESSIONS ?? 500);

test('mutated sessions are parsed or refused, and never break anything else', () => {
  const random = dice(42);
  let refused = 0;
  for (let session = 0; session < SESSIONS; session++) {
    const bytes = Buffer.from(PUBLISH);
    // All behind the handshake, where a mutation means something.
    for (let i = 0; i <= random(8); i++)
      bytes[HANDSHAKE.length + random(bytes.length - HANDSHAKE.length)] = random(256);
    try {
      feed(protocol().parser, bytes, random);
    } catch (error) {
      if (!(error instanceof RtmpProtocolError)) throw new Error(`session ${session}`, { cause: error });
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(SESSIONS / 10);
});
