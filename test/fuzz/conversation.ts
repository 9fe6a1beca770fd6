import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { message } from '../support/rtmp-client';

/** One message of a recorded conversation. */
export interface Said {
  type: number;
  chunkStream: number;
  streamId: number;
  timestamp: number;
  body: Buffer;
  /** Claimed instead of the body's. */
  length?: number;
}

/** What a client said: the handshake, then messages. */
export interface Conversation {
  name: string;
  raw: Buffer;
  handshake: Buffer;
  messages: Said[];
}

const HANDSHAKE_BYTES = 1 + 1536 + 1536;
const SET_CHUNK_SIZE = 1;
const HEADER_BYTES = [11, 7, 3, 0];
const FIXTURES = join(__dirname, '../fixtures/rtmp');

/** Recorded from real ffmpeg (record-seeds.ts). */
export const CONVERSATIONS: readonly Conversation[] = [
  'publish',
  'publish-video',
  'publish-audio',
  'play',
].map((name) => {
  const raw = readFileSync(join(FIXTURES, `${name}.bin`));
  return { name, raw, handshake: raw.subarray(0, HANDSHAKE_BYTES), messages: readMessages(raw) };
});

/** Decodes well-formed chunks; for recordings only, so that it trusts them. */
function readMessages(raw: Buffer): Said[] {
  const streams = new Map<number, Said & { parts: Buffer[]; left: number; delta: number }>();
  const said: Said[] = [];
  let chunkBytes = 128;
  for (let at = HANDSHAKE_BYTES; at < raw.length;) {
    const format = raw[at]! >> 6;
    const chunkStream = raw[at]! & 0x3f;
    at += 1;
    const known = streams.get(chunkStream);
    const stream = known ?? {
      ...{ type: 0, chunkStream, streamId: 0, timestamp: 0, body: Buffer.alloc(0) },
      ...{ parts: [], left: 0, delta: 0 },
    };
    streams.set(chunkStream, stream);
    const header = raw.subarray(at, at + HEADER_BYTES[format]!);
    at += header.length;
    const begins = stream.left === 0;
    if (format <= 2) stream.delta = header.readUIntBE(0, 3);
    if (format <= 1) {
      stream.left = header.readUIntBE(3, 3);
      stream.type = header[6]!;
    } else if (begins) stream.left = stream.body.length;
    if (format === 0) stream.streamId = header.readUInt32LE(7);
    if (begins) stream.timestamp = format === 0 ? stream.delta : stream.timestamp + stream.delta;
    const size = Math.min(stream.left, chunkBytes);
    stream.parts.push(raw.subarray(at, at + size));
    at += size;
    stream.left -= size;
    if (stream.left > 0) continue;
    stream.body = Buffer.concat(stream.parts.splice(0));
    const { type, streamId, timestamp, body } = stream;
    said.push({ type, chunkStream, streamId, timestamp, body });
    if (type === SET_CHUNK_SIZE) chunkBytes = body.readUInt32BE();
  }
  return said;
}

/** The messages as chunks, in the size that they set themselves. */
export function encode(messages: readonly Said[]): Buffer {
  let chunkBytes = 128;
  return Buffer.concat(
    messages.map((one) => {
      const bytes = message(one, chunkBytes);
      if (one.type === SET_CHUNK_SIZE && one.body.length >= 4)
        chunkBytes = Math.max(1, one.body.readUInt32BE());
      return bytes;
    }),
  );
}
