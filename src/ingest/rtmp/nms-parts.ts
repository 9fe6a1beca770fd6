import type { AmfValue } from './amf0-reader';

/**
 * The one place that reaches into node-media-server (4.4.3, pinned): untyped CommonJS internals, typed here as far as
 * we use them. Nothing of its servers, sessions, context or store is loaded.
 */

export interface NmsPacket {
  header: { fmt: number; cid: number; timestamp: number; length: number; type: number; stream_id: number };
  clock: number;
  payload: Buffer;
  capacity: number;
  /** Received so far of the message in progress; 0 between messages. */
  bytes: number;
}

interface NmsRtmpShape {
  flv: unknown;
  inChunkSize: number;
  inPackets: Map<number, NmsPacket>;
  parserBuffer: Buffer;
  parserBasicBytes: number;
  parserPacket: NmsPacket;
  onOutputCallback: (bytes: Buffer) => void;
  parserData(bytes: Buffer): string | null;
  packetParse(): void;
  chunkMessageHeaderRead(): number;
  packetAlloc(): void;
  packetHandler(): void;
  sendACK(size: number): void;
  sendWindowACK(size: number): void;
  setPeerBandwidth(size: number, type: number): void;
  setChunkSize(size: number): void;
  sendStreamStatus(event: number, value: number): void;
}
interface NmsRtmpClass {
  new (): NmsRtmpShape;
  chunksCreate(packet: NmsPacket): Buffer;
}

/* eslint-disable @typescript-eslint/no-require-imports -- the package has no types and no exports map */
const rtmpModule = require('node-media-server/src/protocol/rtmp.js') as NmsRtmpClass;
const amfModule = require('node-media-server/src/protocol/amf.js') as {
  amf0Encode(values: AmfValue[]): Buffer;
};
const loggerModule = require('node-media-server/src/core/logger.js') as { log(message: string): void };
/* eslint-enable @typescript-eslint/no-require-imports */

// It writes to the console, at level debug, what peers sent.
loggerModule.log = () => undefined;

export const NmsRtmp = rtmpModule;

export const nms = {
  chunksCreate: (packet: NmsPacket): Buffer => rtmpModule.chunksCreate(packet),
  /** Strings must be ASCII: the package counts characters where bytes are meant. */
  encodeAmf0: (values: AmfValue[]): Buffer => amfModule.amf0Encode(values),
};
