import { randomBytes } from 'node:crypto';
import { ApiClient, type RoomAnswer, type StreamKeyAnswer } from './api-client';
import { Encoder } from './encoder';
import type { Report } from './report';
import { RtmpRelay } from './rtmp-relay';
import type { DemoStack } from './stack';
import { Watcher } from './watcher';

/** Far above what each step takes, also on a busy machine: the demo measures, and fails only on what never comes. */
export const STEP_TIMEOUT_MS = 30_000;

/** A member with a stream key, an encoder, and what stands between it and the server. Plays one room after another. */
export class Stage {
  private encoder: Encoder | null = null;

  private constructor(
    readonly stack: DemoStack,
    readonly api: ApiClient,
    readonly appUserId: string,
    readonly relay: RtmpRelay,
    readonly report: Report,
    private readonly clock: boolean,
  ) {}

  static async open(stack: DemoStack, report: Report, clock: boolean): Promise<Stage> {
    const api = new ApiClient(stack.api, stack.credentials);
    // A member of its own, so that nobody's running show is touched.
    const appUserId = `demo-${randomBytes(4).toString('hex')}`;
    await api.createMember(appUserId);
    const { ingestUrl } = await api.streamKey(appUserId);
    return new Stage(stack, api, appUserId, await RtmpRelay.start(ingestUrl), report, clock);
  }

  streamKey = (): Promise<StreamKeyAnswer> => this.api.streamKey(this.appUserId);

  async room(title: string): Promise<{ room: RoomAnswer; watcher: Watcher }> {
    const room = await this.api.createRoom(this.appUserId, title);
    const watcher = new Watcher(this.api, room.id, this.appUserId, (change) =>
      this.report.changed(room, change),
    );
    await watcher.reached('room', 'SCHEDULED', STEP_TIMEOUT_MS);
    return { room, watcher };
  }

  /** Starts a new encoder with this key; resolves with the times of its publish once it was accepted. */
  async publish({ streamKey, ingestUrl }: StreamKeyAnswer): Promise<{ sentAt: number; acceptedAt: number }> {
    this.relay.reset();
    const path = new URL(ingestUrl.replace(/^rtmp:/, 'http:')).pathname;
    const url = `rtmp://127.0.0.1:${this.relay.port}${path}/${streamKey}?mode=RTMP_CMAF`;
    this.encoder = new Encoder(this.stack.ffmpegPath, url, streamKey, { clock: this.clock });
    const acceptedAt = await this.whileEncoding(this.relay.time('acceptedAt'));
    return { sentAt: await this.relay.time('publishSentAt'), acceptedAt };
  }

  /** The work's result; rejects with what ffmpeg said where the encoder ends meanwhile. */
  async whileEncoding<T>(work: Promise<T>): Promise<T> {
    const { encoder } = this;
    if (!encoder) throw new Error('no encoder runs');
    const ended = encoder.exited.then((): never => {
      throw new Error(`the encoder ended: ${encoder.said || 'without a word'}`);
    });
    ended.catch(() => undefined);
    work.catch(() => undefined);
    return Promise.race([work, ended]);
  }

  kill = (): Promise<void> => this.end((encoder) => encoder.kill());
  stop = (): Promise<void> => this.end((encoder) => encoder.stop());

  /** Resolves when the running encoder has ended by itself, as after a cut. */
  gone = (): Promise<void> => this.end((encoder) => encoder.exited);

  /** Ends the encoder, and on somebody's running Showrunner also what a failed demo left live. */
  async close(): Promise<void> {
    await this.kill();
    await this.relay.close();
    if (this.stack.isOwn) return;
    const key = await this.streamKey();
    if (key.streamKeyState !== 'INACTIVE') await this.api.forceTerminate(key.id);
  }

  private async end(how: (encoder: Encoder) => Promise<void>): Promise<void> {
    const { encoder } = this;
    this.encoder = null;
    if (encoder) await how(encoder);
  }
}
