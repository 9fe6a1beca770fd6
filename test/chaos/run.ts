import type { OutputMode } from '../../src/domain/output-mode';
import type { Dice } from '../fuzz/dice';
import { checkAgreement } from './checks/agreement';
import { checkEvents } from './checks/events';
import { stuck, type Failure } from './checks/failure';
import { checkViewer } from './checks/outage';
import { checkNoRecording, checkRecording, MEDIA_LOSS_MS, SEGMENT_MS } from './checks/recording';
import { momentOf, type Moment, type Seen } from './moments';
import { isAway, type Cell } from './plan';
import { Show } from './show';
import type { Stage } from './stage';
import { killsMedia, type Outage } from './strike';

/** A victim that is away for a minute, and what it takes to see that it is back. */
const AWAY_PATIENCE_MS = 70_000;
/** One room in so many is transcoded (CMAF, alone or beside RTMP), where the victim isn't the transcoder itself. */
const TRANSCODED_ONE_IN = 6;

export interface RunResult {
  cell: Cell;
  roomId: number;
  mode: OutputMode;
  hit: boolean;
  recoveryMs: number | null;
  /** Milliseconds that the recording lacks (below 0: has too many). */
  missingMs: number | null;
  failures: Failure[];
}

/** One room through one kill at one moment. */
export class Run {
  private readonly moment: Moment;
  private readonly leadMs: number;
  private acting: Promise<unknown> = Promise.resolve();
  private seen: Seen | null = null;
  private failures: Failure[] = [];
  private recoveryMs: number | null = null;
  private missingMs: number | null = null;
  private isOver = false;

  private constructor(
    readonly cell: Cell,
    readonly show: Show,
  ) {
    this.moment = momentOf(cell);
    const [from, to] = this.moment.leadMs ?? [0, 200];
    this.leadMs = this.moment.act ? from + show.dice.below(to - from + 1) : 0;
    if (isAway(cell.victim)) show.patienceMs = AWAY_PATIENCE_MS;
  }

  static async schedule(stage: Stage, cell: Cell, dice: Dice): Promise<Run> {
    const transcoded = cell.victim === 'ffmpeg' || dice.oneIn(TRANSCODED_ONE_IN);
    const mode = transcoded ? dice.pick(['CMAF', 'RTMP_CMAF'] as const) : 'RTMP';
    return new Run(cell, await Show.schedule(stage, mode, dice));
  }

  /** The moment, as far as it can be waited in. */
  before(): Promise<void> {
    return this.trying(() => this.moment.before(this.show));
  }

  arm(): Promise<void> {
    return this.trying(async () => this.moment.arm?.(this.show));
  }

  /** Begins what the kill at `killAt` is to hit. */
  begin(killAt: number): void {
    const { act } = this.moment;
    if (!act || this.isOver) return;
    this.acting = new Promise((resolve, reject) => {
      setTimeout(() => act(this.show).then(resolve, reject), Math.max(0, killAt - this.leadMs - Date.now()));
    });
    this.acting.catch(() => undefined);
  }

  /** What the rows say right before the kill. */
  async look(): Promise<void> {
    const { rows } = this.show.stage;
    const { roomId, streamKeyId } = this.show.ids;
    const [room, key] = await Promise.all([rows.room(roomId), rows.key(streamKeyId)]);
    this.seen = { room, key };
  }

  /** From the kill to the last state, without a hand; then all checks. */
  async goOn(outage: Outage): Promise<void> {
    // A forced end cuts its viewers.
    const viewer = this.moment.ending === 'regular' ? checkViewer(outage, this.show) : [];
    await this.trying(async () => {
      await this.moment.recovered(this.show, this.cell.victim);
      await this.acting;
      this.recoveryMs = Date.now() - outage.killedAt;
      await this.moment.rest?.(this.show);
      await this.finish();
      await this.show.unwatched();
    });
    this.failures.push(...(await viewer));
    this.show.viewer?.stop();
    // A recording can be archived before the node that serves it is back; an outage that does not end is told elsewhere.
    await outage.back.catch(() => undefined);
    if (!this.isOver) await this.check(outage);
  }

  async result(outage: Outage | null): Promise<RunResult> {
    const { cell, show, failures, recoveryMs, missingMs, seen } = this;
    const { mode } = show;
    const hit = outage && seen ? await this.moment.isHit(show, outage.killedAt, seen) : false;
    return { cell, roomId: show.ids.roomId, mode, hit, recoveryMs, missingMs, failures };
  }

  /** What does not come in time is stuck, and ends the run. */
  private async trying(work: () => Promise<unknown>): Promise<void> {
    if (this.isOver) return;
    try {
      await work();
    } catch (error) {
      this.isOver = true;
      const { name, waitsFor } = this.show;
      this.failures.push(stuck(`${name} waits for ${waitsFor}: ${(error as Error).message}`));
    }
  }

  private async finish(): Promise<void> {
    const { show } = this;
    if (this.moment.ending === 'forced') return this.finishForced();
    if (show.encoder.isRunning) {
      show.drops += 1;
      await show.leave();
    }
    const isEnded = show.commands.end.some(({ status }) => status === 200);
    if (!isEnded) await show.end();
    await show.roomIs('ARCHIVED');
    await show.keyIs('INACTIVE');
  }

  /** The encoder comes again with the old key, and must not get in. */
  private async finishForced(): Promise<void> {
    const { show } = this;
    const { sessions } = show.encoder;
    const cut = sessions.findIndex(({ endedAt }) => endedAt !== null);
    const retry = () => sessions.slice(cut + 1).find(({ endedAt }) => endedAt !== null);
    await show.waiting('the encoder to be refused with its old key', retry);
    if ((retry()?.samples.at(-1)?.outMs ?? 0) > 0) throw new Error('the old key was taken again');
    await show.leave();
    await show.keyIs('INACTIVE');
  }

  private async check({ killedAt }: Outage): Promise<void> {
    const { show, moment } = this;
    const mediaDied = killsMedia(this.cell.victim);
    const forced = moment.ending === 'forced';
    try {
      this.failures.push(...(await checkAgreement(show, moment.ending)));
      this.failures.push(...(await checkEvents(show, mediaDied ? null : show.drops)));
      if (forced) this.failures.push(...(await checkNoRecording(show)));
      else {
        const tolerance = mediaDied ? MEDIA_LOSS_MS : SEGMENT_MS;
        const recording = await checkRecording(show, tolerance, mediaDied ? killedAt : null);
        this.failures.push(...recording.failures);
        this.missingMs = recording.missingMs;
      }
    } catch (error) {
      this.failures.push(stuck(`${show.name} could not be checked: ${(error as Error).message}`));
    }
  }
}
