import { amf, message } from '../../../support/rtmp-client';
import { afterHandshake, uint32 } from '../attack';
import type { HostileInput } from '../target';

/** A message header of its own chunk stream (three-byte id) that claims 16 MB, and the first 128 bytes. */
function sixteenMegabytesOn(chunkStream: number): Buffer {
  const header = Buffer.alloc(13);
  header[0] = 0;
  header[1] = chunkStream;
  header.writeUIntBE(0xffffff, 5, 3);
  header[8] = 9;
  return Buffer.concat([header, Buffer.alloc(128)]);
}

export const CHUNKING: HostileInput[] = [
  afterHandshake(
    'chunking',
    'chunk size 0, then a command',
    Buffer.concat([
      message({ type: 1, chunkStream: 2, body: uint32(0) }),
      message({ type: 20, body: amf('x', 1) }),
    ]),
  ),
  afterHandshake(
    'chunking',
    'chunk size 2^31-1',
    message({ type: 1, chunkStream: 2, body: uint32(0x7fffffff) }),
  ),
  afterHandshake(
    'chunking',
    'chunk size with an empty body',
    Buffer.concat([message({ type: 1, chunkStream: 2, body: Buffer.alloc(0) }), Buffer.from([2])]),
  ),
  afterHandshake(
    'chunking',
    '36 KB that declare 16 MB on each of 256 chunk streams',
    Buffer.concat(Array.from({ length: 256 }, (_, i) => sixteenMegabytesOn(i))),
  ),
  afterHandshake(
    'chunking',
    'a message that shrinks while it is received',
    Buffer.concat([
      message({ type: 20, body: Buffer.alloc(128), length: 1_000 }),
      message({ type: 20, body: Buffer.alloc(10) }),
    ]),
  ),
];
