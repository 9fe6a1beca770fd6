import { amf, message, RtmpClient } from '../support/rtmp-client';
import type { Clip, Tag } from './clip';

/** As OBS sets it. */
const CHUNK_BYTES = 4_096;
const SET_CHUNK_SIZE = 1;
const CHUNK_STREAM = { 8: 4, 9: 6, 18: 4 } as Record<number, number>;
const ANSWER_TIMEOUT_MS = 10_000;

/** An encoder without the encoding: says publish, and plays a clip in a loop and in real time until it ends. */
export class Publisher {
  /** Resolves with the time at which the connection was dead. */
  readonly dead: Promise<number>;
  private timer: NodeJS.Timeout | null = null;
  private startedAt = 0;
  private sent = 0;

  private constructor(
    private readonly client: RtmpClient,
    /** When the publish command was handed to the socket, by the monotonic clock, milliseconds. */
    readonly sentAt: number,
    /** When NetStream.Publish.Start was here. */
    readonly acceptedAt: number,
  ) {
    const { socket } = client;
    this.dead = new Promise((resolve) => {
      const die = (): void => {
        this.silence();
        resolve(performance.now());
      };
      socket.once('close', die);
      // A FIN is the server's end too; ours follows by itself.
      socket.once('end', die);
    });
  }

  /** Connects, then publishes; resolves at the answer. Rejects with what the server said where it refuses. */
  static async publish(port: number, streamName: string): Promise<Publisher> {
    const client = await RtmpClient.ready(port);
    const answered = answerOf(client);
    const sentAt = performance.now();
    client.publish(streamName);
    return new Publisher(client, sentAt, await answered);
  }

  get acceptMs(): number {
    return this.acceptedAt - this.sentAt;
  }

  /** Sends the clip from its start. */
  play(clip: Clip): this {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(CHUNK_BYTES);
    this.client.message({ type: SET_CHUNK_SIZE, chunkStream: 2, body: size });
    for (const tag of clip.headers) this.send(tag, 0);
    this.startedAt = performance.now();
    this.advance(clip);
    return this;
  }

  /** The encoder's machine is gone: a FIN, no goodbye. Answers when it was sent. */
  end(): number {
    this.silence();
    const at = performance.now();
    this.client.socket.end();
    return at;
  }

  destroy(): void {
    this.silence();
    this.client.destroy();
  }

  /** Sends what is due and waits for the next tag's time. */
  private advance(clip: Clip): void {
    for (;;) {
      const tag = clip.tags[this.sent % clip.tags.length]!;
      const at = tag.timestampMs + Math.floor(this.sent / clip.tags.length) * clip.durationMs;
      const waitMs = at - (performance.now() - this.startedAt);
      if (waitMs > 0) {
        this.timer = setTimeout(() => this.advance(clip), waitMs);
        return;
      }
      this.send(tag, at);
      this.sent += 1;
    }
  }

  private send({ type, body }: Tag, timestamp: number): void {
    // Encoders send metadata as a command to the server.
    const whole = type === 18 ? Buffer.concat([amf('@setDataFrame'), body]) : body;
    const options = { type, chunkStream: CHUNK_STREAM[type], streamId: 1, timestamp, body: whole };
    this.client.send(message(options, CHUNK_BYTES));
  }

  private silence(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
}

/** The time at which the server's answer to publish was here: told by the socket, not looked for. */
function answerOf(client: RtmpClient): Promise<number> {
  const { socket } = client;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => finish(() => reject(new Error('no answer to publish'))),
      ANSWER_TIMEOUT_MS,
    );
    const finish = (act: () => void): void => {
      clearTimeout(timer);
      socket.off('data', onData);
      socket.off('close', onClose);
      act();
    };
    // Runs after the client's own listener, which has parsed these bytes.
    const onData = (): void => {
      const now = performance.now();
      const status = client.statuses.find(({ code }) => code.startsWith('NetStream.Publish.'));
      if (!status) return;
      if (status.code === 'NetStream.Publish.Start') finish(() => resolve(now));
      else finish(() => reject(new Error(`publish refused: ${status.code} ${status.description}`)));
    };
    const onClose = (): void => finish(() => reject(new Error('closed before publish was answered')));
    socket.on('data', onData);
    socket.on('close', onClose);
  });
}
