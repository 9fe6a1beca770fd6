import { readAmf0, type AmfValue } from './amf0-reader';
import { splitAggregate } from './aggregate';
import { MessageBudget } from './message-budget';
import { nms, NmsRtmp, type NmsPacket } from './nms-parts';
import type { EncodeTag, RtmpProtocol, RtmpProtocolEvents, RtmpProtocolLimits } from './protocol';
import { RtmpProtocolError } from './protocol-error';

const RTMP_VERSION = 3;
const CHUNK_WITHOUT_STREAM_ID = 1;
const EMPTY = Buffer.alloc(0);
const UINT32 = 0x1_0000_0000;

const SET_CHUNK_SIZE = 1;
const ABORT = 2;
const WINDOW_ACK_SIZE = 5;
const USER_CONTROL = 4;
const AUDIO = 8;
const VIDEO = 9;
const AMF3_COMMAND = 17;
const AMF0_DATA = 18;
const AMF0_COMMAND = 20;
const AGGREGATE = 22;

const STREAM_BEGIN = 0;
const STREAM_EOF = 1;
const PING_REQUEST = 6;
const PING_RESPONSE = 7;
const PING_BYTES = 6;

const COMMAND_CHUNK_STREAM = 3;
const DATA_CHUNK_STREAM = 6;
const CHUNK_STREAM_OF = { audio: 4, video: 5, script: DATA_CHUNK_STREAM } as const;
const TYPE_OF = { audio: AUDIO, video: VIDEO, script: AMF0_DATA } as const;

/** What we ask peers to acknowledge and to send at most unacknowledged; the value every server uses. */
const OUR_WINDOW_BYTES = 2_500_000;
const BANDWIDTH_DYNAMIC = 2;
/** What the package cuts its own messages into. */
const OUT_CHUNK_BYTES = 65_535;

/**
 * node-media-server's chunk parser and handshake with every decision that depends on the peer taken away from it:
 * memory, chunk streams, control messages, commands and media are ours (research/node-media-server.md, 3 and 6).
 */
class GuardedRtmp extends NmsRtmp {
  private maxMessageBytes: number;
  private maxAssemblyBytes: number;
  private assemblyBytes = 0;
  private budget: MessageBudget;

  constructor(
    private readonly limits: RtmpProtocolLimits,
    private readonly events: RtmpProtocolEvents,
  ) {
    super();
    // One megabyte that the base class never uses.
    this.flv = null;
    this.maxMessageBytes = limits.maxEarlyMessageBytes;
    this.maxAssemblyBytes = limits.maxEarlyAssemblyBytes;
    this.budget = new MessageBudget(limits.earlyMessageRate);
    this.onOutputCallback = (bytes) => events.onOutput(bytes);
  }

  expectMedia(): void {
    this.maxMessageBytes = this.limits.maxMessageBytes;
    this.maxAssemblyBytes = this.limits.maxAssemblyBytes;
    this.budget = new MessageBudget(this.limits.mediaMessageRate);
  }

  /** The package computes three-byte ids wrongly and takes any number of chunk streams. */
  override packetParse(): void {
    const fmt = this.parserBuffer[0]! >> 6;
    const packet = this.packetOf(this.chunkStreamId(), fmt);
    const { length, type, stream_id: streamId } = packet.header;
    packet.header.fmt = fmt;
    this.parserPacket = packet;
    this.chunkMessageHeaderRead();
    const { header } = packet;
    const changed = header.length !== length || header.type !== type || header.stream_id !== streamId;
    if (packet.bytes > 0 && changed) throw new RtmpProtocolError('a message header changed in the middle');
  }

  private chunkStreamId(): number {
    const [first = 0, second = 0, third = 0] = this.parserBuffer;
    if (this.parserBasicBytes === 1) return first & 0x3f;
    return 64 + second + (this.parserBasicBytes === 3 ? third * 256 : 0);
  }

  private packetOf(id: number, fmt: number): NmsPacket {
    const known = this.inPackets.get(id);
    if (known) return known;
    // librtmp opens chunk streams without a message stream id; anything shorter has no length to go by.
    if (fmt > CHUNK_WITHOUT_STREAM_ID) throw new RtmpProtocolError('a chunk stream starts without a header');
    if (this.inPackets.size >= this.limits.maxChunkStreams)
      throw new RtmpProtocolError('too many chunk streams');
    const header = { fmt, cid: id, timestamp: 0, length: 0, type: 0, stream_id: 0 };
    const packet: NmsPacket = { header, clock: 0, payload: EMPTY, capacity: 0, bytes: 0 };
    this.inPackets.set(id, packet);
    return packet;
  }

  /** Called once a message, after its clock was advanced. Each message gets a buffer of its own, so none is ever reused. */
  override packetAlloc(): void {
    const packet = this.parserPacket;
    const { length } = packet.header;
    if (length > this.maxMessageBytes) throw new RtmpProtocolError('a message is too large');
    this.assemblyBytes += length;
    if (this.assemblyBytes > this.maxAssemblyBytes)
      throw new RtmpProtocolError('too many unfinished messages');
    // The package drops everything once its clock has passed 2^32; RTMP's wraps.
    packet.clock %= UINT32;
    packet.payload = Buffer.allocUnsafe(length);
    packet.capacity = length;
  }

  override packetHandler(): void {
    this.budget.spend();
    const packet = this.parserPacket;
    const payload = this.release(packet);
    const { type, stream_id: streamId } = packet.header;
    switch (type) {
      case SET_CHUNK_SIZE:
        return this.setInChunkSize(payload);
      case ABORT:
        return this.abort(payload);
      case WINDOW_ACK_SIZE:
        if (payload.length >= 4) this.events.onAcknowledgementWindow(payload.readUInt32BE());
        return;
      case USER_CONTROL:
        return this.userControl(payload);
      case AUDIO:
        return this.events.onMessage({ kind: 'audio', timestamp: packet.clock, payload });
      case VIDEO:
        return this.events.onMessage({ kind: 'video', timestamp: packet.clock, payload });
      case AMF0_DATA:
        return this.events.onMessage({ kind: 'script', timestamp: packet.clock, payload });
      case AMF0_COMMAND:
        return this.command(payload, streamId);
      case AMF3_COMMAND:
        // A zero byte, then AMF0: what clients with object encoding 3 send. True AMF3 inside is refused by the reader.
        return this.command(payload.subarray(1), streamId);
      case AGGREGATE:
        return splitAggregate(payload, packet.clock).forEach((part) => this.events.onMessage(part));
      default:
        // Acknowledgements, bandwidth, shared objects and AMF3 data tell us nothing.
        return;
    }
  }

  private release(packet: NmsPacket): Buffer {
    const { payload } = packet;
    this.assemblyBytes -= payload.length;
    packet.payload = EMPTY;
    packet.capacity = 0;
    return payload;
  }

  private setInChunkSize(payload: Buffer): void {
    const size = payload.length >= 4 ? payload.readUInt32BE() : 0;
    if (size < 1 || size > this.limits.maxChunkSizeBytes)
      throw new RtmpProtocolError('a chunk size that is not taken');
    // The parser finds chunk borders by the message's length so far, which holds only while the size stays the same.
    for (const packet of this.inPackets.values()) {
      if (packet.bytes > 0) throw new RtmpProtocolError('the chunk size changed in the middle of a message');
    }
    this.inChunkSize = size;
  }

  private abort(payload: Buffer): void {
    if (payload.length < 4) throw new RtmpProtocolError('an abort message without a chunk stream');
    const packet = this.inPackets.get(payload.readUInt32BE());
    if (!packet || packet.bytes === 0) return;
    this.release(packet);
    packet.bytes = 0;
  }

  private userControl(payload: Buffer): void {
    if (payload.length < PING_BYTES || payload.readUInt16BE() !== PING_REQUEST) return;
    this.sendStreamStatus(PING_RESPONSE, payload.readUInt32BE(2));
  }

  private command(body: Buffer, streamId: number): void {
    const [name, transactionId, ...args] = readAmf0(body);
    if (typeof name !== 'string') throw new RtmpProtocolError('a command without a name');
    const transaction =
      typeof transactionId === 'number' && Number.isFinite(transactionId) ? transactionId : 0;
    this.events.onMessage({
      kind: 'command',
      name,
      transactionId: transaction,
      streamId,
      args,
      bytes: body.length,
    });
  }
}

/** RtmpProtocol on node-media-server's protocol parts. */
export class NmsProtocol implements RtmpProtocol {
  private readonly rtmp: GuardedRtmp;
  private versionSeen = false;

  constructor(
    limits: RtmpProtocolLimits,
    private readonly events: RtmpProtocolEvents,
  ) {
    this.rtmp = new GuardedRtmp(limits, events);
  }

  receive(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (!this.versionSeen && bytes[0] !== RTMP_VERSION)
      throw new RtmpProtocolError('this is not RTMP version 3');
    this.versionSeen = true;
    const failure = this.rtmp.parserData(bytes);
    if (failure !== null) throw new RtmpProtocolError(failure);
  }

  expectMedia(): void {
    this.rtmp.expectMedia();
  }

  greet(): void {
    this.rtmp.sendWindowACK(OUR_WINDOW_BYTES);
    this.rtmp.setPeerBandwidth(OUR_WINDOW_BYTES, BANDWIDTH_DYNAMIC);
    this.rtmp.setChunkSize(OUT_CHUNK_BYTES);
  }

  sendCommand(streamId: number, name: string, transactionId: number, ...values: AmfValue[]): void {
    this.sendAmf0(COMMAND_CHUNK_STREAM, AMF0_COMMAND, streamId, [name, transactionId, ...values]);
  }

  sendStatus(streamId: number, level: 'status' | 'error', code: string, description: string): void {
    this.sendCommand(streamId, 'onStatus', 0, null, { level, code, description });
  }

  sendData(streamId: number, ...values: AmfValue[]): void {
    this.sendAmf0(DATA_CHUNK_STREAM, AMF0_DATA, streamId, values);
  }

  sendStreamEvent(event: 'begin' | 'eof', streamId: number): void {
    this.rtmp.sendStreamStatus(event === 'begin' ? STREAM_BEGIN : STREAM_EOF, streamId);
  }

  sendAcknowledgement(totalBytes: number): void {
    this.rtmp.sendACK(totalBytes % UINT32);
  }

  private sendAmf0(chunkStream: number, type: number, streamId: number, values: AmfValue[]): void {
    this.events.onOutput(chunks(chunkStream, type, streamId, 0, nms.encodeAmf0(values)));
  }
}

export const encodeTag: EncodeTag = (tag, streamId) => {
  if (tag.payload.length === 0) return EMPTY;
  const timestamp = Math.trunc(tag.timestampMs) % UINT32;
  return chunks(CHUNK_STREAM_OF[tag.kind], TYPE_OF[tag.kind], streamId, timestamp, tag.payload);
};

function chunks(cid: number, type: number, streamId: number, timestamp: number, payload: Buffer): Buffer {
  const header = { fmt: 0, cid, timestamp, length: payload.length, type, stream_id: streamId };
  return nms.chunksCreate({ header, clock: timestamp, payload, capacity: payload.length, bytes: 0 });
}
