import { RtmpConnection, type ConnectionHost } from '../../src/ingest/rtmp/connection';
import type { IngestLimits } from '../../src/ingest/limits';
import type { Logger } from '../../src/logger';
import { amf, AVC_HEADER, KEY_FRAME, message } from '../support/rtmp-client';
import { must } from './kind';
import { MemorySocket } from './memory-socket';

const HANDSHAKE = Buffer.concat([Buffer.from([3]), Buffer.alloc(1536, 1), Buffer.alloc(1536, 2)]);
const video = (body: Buffer): Buffer => message({ type: 9, chunkStream: 5, streamId: 1, body });
const command = (streamId: number, ...values: Parameters<typeof amf>): Buffer =>
  message({ type: 20, streamId, body: amf(...values) });
const INTRODUCTION = [
  HANDSHAKE,
  command(0, 'connect', 1, { app: 'live' }),
  command(0, 'createStream', 2, null),
];

/** A legitimate publisher and its viewer beside the fuzzing: each frame goes from one to the other, and nothing else does. */
export class Neighbour {
  readonly publisher = new MemorySocket(true);
  private readonly viewer = new MemorySocket(true);
  private frameBytes = 0;
  private seenBytes = 0;

  constructor(
    private readonly host: ConnectionHost,
    private readonly limits: IngestLimits,
    private readonly log: Logger,
  ) {}

  async start(key: string, playName: () => string, settle: () => Promise<void>): Promise<void> {
    this.connect(this.publisher, command(1, 'publish', 3, null, key, 'live'));
    await settle();
    this.publisher.deliver(video(AVC_HEADER));
    this.publisher.deliver(video(KEY_FRAME));
    this.connect(this.viewer, command(1, 'play', 3, null, playName()));
    this.seenBytes = this.viewer.written;
    this.publisher.deliver(video(KEY_FRAME));
    this.frameBytes = this.viewer.written - this.seenBytes;
    must(this.frameBytes > KEY_FRAME.length, 'the neighbour does not play');
    this.seenBytes = this.viewer.written;
  }

  /** One more frame. Throws if anything but it came to the viewer since the last. */
  check(): void {
    this.publisher.deliver(video(KEY_FRAME));
    const came = this.viewer.written - this.seenBytes;
    must(came === this.frameBytes, `the neighbour got ${came} bytes where a frame has ${this.frameBytes}`);
    this.seenBytes = this.viewer.written;
  }

  stop(): void {
    this.publisher.hangUp('fin');
    this.viewer.hangUp('fin');
  }

  private connect(socket: MemorySocket, role: Buffer): void {
    void new RtmpConnection(socket.asSocket, '203.0.113.2', this.host, this.limits, this.log);
    for (const bytes of [...INTRODUCTION, role]) socket.deliver(bytes);
  }
}
