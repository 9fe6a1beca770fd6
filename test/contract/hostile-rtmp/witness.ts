import { request, type ClientRequest } from 'node:http';
import { RtmpClient } from '../../support/rtmp-client';
import { until } from '../../support/until';
import type { Target } from './target';

const FRAME_EVERY_MS = 40;
const MARK = Buffer.from('WITNESS');
const PREFIX = Buffer.concat([Buffer.from([0x17, 1, 0, 0, 0, 0, 0, 0, MARK.length + 5, 0x65]), MARK]);
/** The frame's number stands behind the mark. */
const NUMBER_AT = PREFIX.length;
const ARRIVES_MS = 5_000;

/**
 * A legitimate stream of numbered frames, 25 a second, and one viewer at each door. Whatever happens beside it, each frame
 * sent arrives at both, once and in order.
 */
export class Witness {
  private sent = 0;
  private readonly timer: NodeJS.Timeout;
  private readonly seen = { rtmp: new Sequence(), http: new Sequence() };
  private flv = Buffer.alloc(0);

  private constructor(
    private readonly publisher: RtmpClient,
    private readonly viewer: RtmpClient,
    private readonly http: ClientRequest,
  ) {
    this.timer = setInterval(() => this.send(), FRAME_EVERY_MS);
  }

  /** `publishName`: with what else the server wants in it. */
  static async start(target: Target, publishName = target.witnessKey): Promise<Witness> {
    const publisher = await RtmpClient.publishing(target.rtmpPort, publishName);
    publisher.media();
    const viewer = await RtmpClient.ready(target.rtmpPort);
    viewer.play(target.witnessPlayName());
    await viewer.status('NetStream.Play.Start');
    const http = request({
      port: target.httpPort,
      path: `${target.flvRoot}/${target.witnessPlayName()}.flv`,
    });
    const witness = new Witness(publisher, viewer, http);
    http.on('error', () => undefined);
    http.on('response', (answer) => answer.on('data', (bytes: Buffer) => witness.onFlv(bytes)));
    http.end();
    await witness.check();
    return witness;
  }

  /** RTMP and HTTP-FLV viewers of its own. */
  static readonly viewers = 2;
  /** RTMP connections of its own. */
  static readonly connections = 2;

  /** Rejects unless all frames so far arrived at both viewers, and nothing of anybody else. */
  async check(): Promise<void> {
    const { sent } = this;
    await until(
      () => {
        this.takeReceived();
        return this.seen.rtmp.last >= sent && this.seen.http.last >= sent;
      },
      { timeoutMs: ARRIVES_MS, what: `frame ${sent}, got ${this.seen.rtmp.last} and ${this.seen.http.last}` },
    );
    const faults = [...new Set([...this.seen.rtmp.faults, ...this.seen.http.faults])];
    if (faults.length > 0) throw new Error(`the witness: ${faults.join(', ')}`);
  }

  stop(): void {
    clearInterval(this.timer);
    this.publisher.destroy();
    this.viewer.destroy();
    this.http.destroy();
  }

  private send(): void {
    this.sent += 1;
    const number = Buffer.alloc(4);
    number.writeUInt32BE(this.sent);
    const body = Buffer.concat([PREFIX, number]);
    this.publisher.message({
      type: 9,
      chunkStream: 5,
      streamId: 1,
      timestamp: this.sent * FRAME_EVERY_MS,
      body,
    });
  }

  private takeReceived(): void {
    for (const { type, body } of this.viewer.received.splice(0)) if (type === 9) this.seen.rtmp.take(body);
  }

  private onFlv(bytes: Buffer): void {
    this.flv = Buffer.concat([this.flv, bytes]);
    for (;;) {
      if (this.flv.toString('latin1', 0, 3) === 'FLV' && this.flv.length >= 13)
        this.flv = this.flv.subarray(13);
      const whole = this.flv.length >= 11 ? 11 + this.flv.readUIntBE(1, 3) + 4 : Infinity;
      if (this.flv.length < whole) return;
      if (this.flv[0] === 9) this.seen.http.take(this.flv.subarray(11, whole - 4));
      this.flv = this.flv.subarray(whole);
    }
  }
}

/** Numbers that must come without a gap, from the first that came. */
class Sequence {
  last = 0;
  readonly faults: string[] = [];

  take(body: Buffer): void {
    if (body[1] !== 1) return;
    // The key frame that opens the stream has no number.
    if (!body.subarray(0, NUMBER_AT).equals(PREFIX)) {
      if (this.last > 0) this.faults.push('a frame that is not its own');
      return;
    }
    const number = body.readUInt32BE(NUMBER_AT);
    if (this.last > 0 && number !== this.last + 1) this.faults.push(`frame ${number} after ${this.last}`);
    this.last = number;
  }
}
