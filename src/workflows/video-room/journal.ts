import { condition, workflowInfo } from '@temporalio/workflow';
import type { VideoRoomFacts } from '../../activities/types';
import { EffectQueue } from '../effect-queue';
import { refusing } from '../failures';
import type { TimelineEntry, VideoRoomInput } from '../messages';
import { mainActivities } from '../proxies';
import { isoTime, workflowNowMs } from '../time';
import { askKey } from './ask-key';
import { indexRoom, showRoom, type Since } from './details';
import { RoomLedger, type RoomRecord } from './ledger';

/** How many transitions the timeline query keeps: a show with 100 drops has some 200. */
const TIMELINE_LIMIT = 400;

/** The room's ledger together with its written record: every change is queued, written in order, and shown. */
export class RoomJournal {
  readonly room: RoomLedger;
  timeline: TimelineEntry[] = [];
  /** False while a reborn room still goes on from its row. */
  ready: boolean;
  /** A reborn room's row; what the archive came to meanwhile is in it. */
  facts: VideoRoomFacts | null = null;
  /** Set by the closing of the room: nothing more will be written. */
  completed = false;
  private readonly sessions: string[] = [];
  private since: Since = { at: isoTime(workflowNowMs()), reason: null };
  private vodSince: Since | null = null;
  private readonly writes = new EffectQueue<RoomRecord>((record) => this.record(record));
  private writtenNumber: number;

  constructor(private readonly input: VideoRoomInput) {
    this.room = new RoomLedger(input);
    this.writtenNumber = input.transitionNumber;
    this.ready = !input.reborn;
  }

  /** Changes the ledger and queues what that asks to be written. Refusals become failures with a code. */
  write(change: (room: RoomLedger) => void): void {
    refusing(() => change(this.room));
    const records = this.room.takeRecords();
    for (const record of records) this.writes.push(record);
    const session = this.room.session?.sessionId;
    if (session && !this.sessions.includes(session)) this.sessions.push(session);
    const at = isoTime(workflowNowMs());
    for (const { from, to, reason } of records) {
      if (from === to) this.vodSince = { at, reason };
      else this.since = { at, reason };
    }
    if (records.length > 0) this.show();
  }

  index(): void {
    indexRoom(this.input, this.room);
  }

  show(): void {
    showRoom(this.input, this.room, { room: this.since, vod: this.vodSince }, this.sessions);
  }

  /** Goes on from the row: takes it over, asks the key what it knows, and adopts the answer. */
  async rebirth(): Promise<void> {
    const { runId } = workflowInfo();
    const { adoptVideoRoom } = mainActivities;
    const request = { roomId: this.input.roomId, runId };
    const facts = await adoptVideoRoom.executeWithOptions({ summary: 'go on from the row' }, [request]);
    this.facts = facts;
    this.room.adopt(facts);
    this.since = { at: isoTime(workflowNowMs()), reason: 'reborn' };
    this.writtenNumber = facts.transitionNumber;
    if (!this.room.isOver) {
      const verdict = await askKey(this.input, `reborn-${runId}`, 'roomStatus', {
        roomId: this.input.roomId,
      });
      if ('answer' in verdict) this.write((room) => room.reconcile(verdict.answer));
    }
    this.ready = true;
    this.show();
    this.index();
  }

  /** Resolves when everything decided so far is in Postgres. */
  async written(): Promise<void> {
    const number = this.room.transitionNumber;
    await condition(() => this.writtenNumber >= number);
  }

  async run(): Promise<void> {
    await this.writes.run(() => this.completed);
  }

  private async record({ vodState, ...record }: RoomRecord): Promise<void> {
    const { runId } = workflowInfo();
    const summary = `${record.type}, ${record.reason}`;
    const { at } = await mainActivities.recordTransition.executeWithOptions({ summary }, [
      { ...record, runId },
    ]);
    const { transitionNumber, to: state, reason } = record;
    this.timeline = [...this.timeline, { transitionNumber, state, vodState, reason, at }].slice(
      -TIMELINE_LIMIT,
    );
    this.writtenNumber = transitionNumber;
    this.index();
  }
}
