import type { MediaTag } from '../../media/contract';
import type { AmfValue } from './amf0-reader';
import type { MessageRate } from './message-budget';

/** What ingest needs of an RTMP implementation. One object a connection; the package sits behind it, replaceable. */
export interface RtmpProtocol {
  /** Takes received bytes; calls `onMessage` for each whole message. Throws RtmpProtocolError, after which it is unusable. */
  receive(bytes: Buffer): void;
  /** From now on messages as large as media may come. */
  expectMedia(): void;
  /** Window, bandwidth and chunk size, sent before the answer to `connect`. */
  greet(): void;
  sendCommand(streamId: number, name: string, transactionId: number, ...values: AmfValue[]): void;
  /** An onStatus of level `status` or `error` with its NetStream code. */
  sendStatus(streamId: number, level: 'status' | 'error', code: string, description: string): void;
  sendData(streamId: number, ...values: AmfValue[]): void;
  /** User control: the stream begins, or has ended. */
  sendStreamEvent(event: 'begin' | 'eof', streamId: number): void;
  /** Type 3: how many bytes were received so far; wraps at 2^32. */
  sendAcknowledgement(totalBytes: number): void;
}

/** One tag as RTMP chunks for a player's message stream, ready to be written; empty for an empty tag. */
export type EncodeTag = (tag: MediaTag, streamId: number) => Buffer;

export interface RtmpProtocolEvents {
  onMessage(message: RtmpMessage): void;
  /** Bytes to be written to the peer. */
  onOutput(bytes: Buffer): void;
  /** The peer wants an acknowledgement after this many bytes. */
  onAcknowledgementWindow(bytes: number): void;
}

export type RtmpMessage = RtmpCommand | RtmpMedia;

export interface RtmpCommand {
  kind: 'command';
  name: string;
  transactionId: number;
  streamId: number;
  /** The command object first, then the arguments. */
  args: AmfValue[];
  /** Of the message, for the bound on queues. */
  bytes: number;
}

export interface RtmpMedia {
  kind: 'audio' | 'video' | 'script';
  /** Unsigned 32-bit milliseconds, as sent. */
  timestamp: number;
  /** Owned by the receiver: never reused by the parser. */
  payload: Buffer;
}

/** What the parser holds a peer to. */
export interface RtmpProtocolLimits {
  maxMessageBytes: number;
  maxEarlyMessageBytes: number;
  maxAssemblyBytes: number;
  maxEarlyAssemblyBytes: number;
  earlyMessageRate: MessageRate;
  mediaMessageRate: MessageRate;
  maxChunkStreams: number;
  maxChunkSizeBytes: number;
}
