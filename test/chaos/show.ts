import { randomBytes } from 'node:crypto';
import type { RoomAnswer } from '../../src/demo/api-client';
import type { OutputMode } from '../../src/domain/output-mode';
import { readTimeline } from '../../src/media/timeline/read';
import type { Dice } from '../fuzz/dice';
import { until } from '../support/until';
import type { Asked } from './backend';
import { Encoder } from './encoder';
import type { HoldAt } from './held-line';
import type { Stage } from './stage';
import { Viewer } from './viewer';

/** From a kill to the next thing that has to happen; a victim that is away comes back after a minute, which is on top. */
export const STEP_TIMEOUT_MS = 60_000;
const LOOK_EVERY_MS = 100;
/** Two segments of 2 s, and the first of 1 s. */
const LIVE_MEDIA_MS = 3_000;

type CommandName = 'goLive' | 'end' | 'force';

/** One room from its creation to its last state, with its member, its encoder and somebody who watches. */
export class Show {
  readonly commands: Record<CommandName, Asked[]> = { goLive: [], end: [], force: [] };
  readonly encoder: Encoder;
  viewer: Viewer | null = null;
  /** Drops that this run made itself. */
  drops = 0;
  /** What it waits for now: the last line of a run that got stuck. */
  waitsFor = '';
  /** Milliseconds on top of each step's time: the victim is away. */
  patienceMs = 0;
  private encoderStarts = 0;

  private constructor(
    readonly stage: Stage,
    readonly ids: { roomId: number; streamKeyId: number; memberId: number; appUserId: string },
    readonly mode: OutputMode,
    readonly dice: Dice,
    publishUrl: string,
    secret: string,
  ) {
    this.encoder = new Encoder({ url: publishUrl, secret, clip: stage.clip, dice });
  }

  static async schedule(stage: Stage, mode: OutputMode, dice: Dice): Promise<Show> {
    const appUserId = `chaos-${randomBytes(6).toString('hex')}`;
    const { room, key } = await stage.backend.schedule(appUserId);
    const { member_id: memberId } = await stage.rows.key(key.id);
    const ids = { roomId: room.id, streamKeyId: key.id, memberId: Number(memberId), appUserId };
    return new Show(stage, ids, mode, dice, `${key.ingestUrl}/${key.streamKey}?mode=${mode}`, key.streamKey);
  }

  get name(): string {
    return `room ${this.ids.roomId}`;
  }

  async publish(holdAt: HoldAt | null = null): Promise<void> {
    this.encoderStarts += 1;
    await this.encoder.start(holdAt);
    if (holdAt) {
      await this.waiting(`the line to hold at ${holdAt}`, () => this.encoder.line?.isHolding ?? false);
    }
  }

  keyIs(...states: string[]): Promise<unknown> {
    return this.waiting(`the key to be ${states.join(' or ')}`, async () => {
      const { streamKeyState } = await this.stage.backend.streamKey(this.ids.appUserId);
      return states.includes(streamKeyState);
    });
  }

  roomIs(...states: string[]): Promise<RoomAnswer> {
    return this.waiting(`the room to be ${states.join(' or ')}`, async () => {
      const room = await this.stage.backend.room(this.ids.roomId);
      return states.includes(room.videoRoomState) ? room : null;
    });
  }

  goLive(): Promise<unknown> {
    this.waitsFor = 'goLive to be answered';
    return this.stage.backend.goLive(this.ids.roomId, this.commands.goLive, this.stepMs);
  }

  end(): Promise<unknown> {
    this.waitsFor = 'the end to be answered';
    return this.stage.backend.end(this.ids.roomId, this.commands.end, this.stepMs);
  }

  force(): Promise<unknown> {
    this.waitsFor = 'the forced end to be answered';
    return this.stage.backend.forceTerminate(this.ids.streamKeyId, this.commands.force, this.stepMs);
  }

  /** Somebody watches the live room, where its mode has HTTP-FLV. */
  async watch(): Promise<void> {
    const { httpFlvPlayUrl: url } = await this.roomIs('LIVE');
    if (!url) return;
    await this.waiting('the viewer to see something', () => {
      // Told no, or cut: a player tries again.
      if (!this.viewer?.isWatching) this.viewer = new Viewer(url);
      return this.viewer.bytes > 0;
    });
  }

  /** The end closes its viewers. */
  async unwatched(): Promise<void> {
    await this.waiting('the viewer to be closed', () => !this.viewer?.isWatching);
  }

  /** On the air, watched, with some of it recorded. */
  async toLive(): Promise<void> {
    await this.keyIs('ACTIVE');
    await this.goLive();
    await this.watch();
    await this.stayLive();
  }

  /** The encoder goes on for some seconds on one connection. */
  async stayLive(): Promise<void> {
    const { encoder } = this;
    const session = encoder.sessions.length;
    const from = encoder.sentMs;
    await this.waiting('the encoder to go on', () => {
      return encoder.sessions.length > session || encoder.sentMs - from >= LIVE_MEDIA_MS;
    });
  }

  /** The encoder goes: its operator stops it, or its machine dies. */
  async leave(): Promise<void> {
    await this.encoder.stop(this.dice.oneIn(2) ? 'SIGKILL' : 'SIGTERM');
  }

  async drop(): Promise<void> {
    this.drops += 1;
    await this.leave();
    await this.roomIs('LIVE_INACTIVE');
  }

  /** The encoder has connected by itself, and was taken. */
  backAgain(): Promise<unknown> {
    return this.waiting('the encoder to connect again', () => this.reconnects > 0 && this.encoder.sentMs > 0);
  }

  /** The packager goes on: the timeline gets a part of a new ffmpeg, with a segment in it. */
  async recordsAgain(): Promise<void> {
    const parts = await this.partsRecorded();
    await this.waiting('the recording to go on', async () => (await this.partsRecorded()) > parts);
  }

  private async partsRecorded(): Promise<number> {
    const { playback_name: name } = await this.stage.rows.room(this.ids.roomId);
    const index = await readTimeline(this.stage.layout.timeline(name));
    return new Set(index?.segments.map(({ part }) => part)).size;
  }

  /** How often the encoder had to connect again by itself. */
  get reconnects(): number {
    return this.encoder.sessions.length - this.encoderStarts;
  }

  async stop(): Promise<void> {
    this.viewer?.stop();
    this.encoder.line?.close();
    await this.encoder.stop('SIGKILL');
  }

  waiting<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
    this.waitsFor = what;
    return until(look, { timeoutMs: this.stepMs, what, everyMs: LOOK_EVERY_MS });
  }

  private get stepMs(): number {
    return STEP_TIMEOUT_MS + this.patienceMs;
  }
}
