import { CodedError } from '../../../src/domain/errors';
import type {
  ClaimGrant,
  ClaimRequest,
  KeyChange,
  KeyForceEndAnswer,
  KeyForceEndRequest,
  ReleaseAnswer,
  ReleaseRequest,
} from '../../../src/workflows/messages';
import { RoomLedger, type RoomCommand, type RoomRecord } from '../../../src/workflows/video-room/ledger';
import type { Outcome } from './key-actor';
import { WriteQueue } from './record';

/** How a room reaches its key. `answer` comes later, once, as a finished activity does. */
export interface AskKey {
  claim(id: string, request: ClaimRequest, answer: (outcome: Outcome<ClaimGrant>) => void): void;
  release(id: string, request: ReleaseRequest, answer: (outcome: Outcome<ReleaseAnswer>) => void): void;
  forceEnd(
    id: string,
    request: KeyForceEndRequest,
    answer: (outcome: Outcome<KeyForceEndAnswer>) => void,
  ): void;
}

interface Waiter {
  until: () => boolean;
  then: () => void;
}

/**
 * The wiring of the room's workflow, without Temporal, step for step as src/workflows/video-room/commands.ts and
 * reconnect-window.ts do it: each `await` there is an answer or a waiter here.
 */
export class RoomActor {
  readonly ledger: RoomLedger;
  readonly writes: WriteQueue<RoomRecord>;
  private readonly waiters: Waiter[] = [];
  private asked = 0;
  private windowAsked = false;

  constructor(
    readonly roomId: number,
    private readonly key: AskKey,
  ) {
    this.ledger = new RoomLedger({
      appId: 1,
      roomId,
      memberId: 1,
      streamKeyId: 1,
      playbackName: `room${roomId}`,
      reconnectWindowSeconds: 60,
      transitionNumber: 0,
    });
    this.writes = new WriteQueue<RoomRecord>(`room ${roomId}`, 'SCHEDULED');
  }

  /** Runs one of the commands as far as its first wait. A refusal by the validator leaves nothing. */
  command(name: Exclude<RoomCommand, 'retryArchive'>): void {
    try {
      this.ledger.check(name, {}, 0);
    } catch (error) {
      if (error instanceof CodedError) return;
      throw error;
    }
    if (name === 'forceEnd') return this.forceEnd();
    this.ledger.pending = name;
    this[name]();
  }

  keyChanged(change: KeyChange): void {
    this.change((ledger) => ledger.keyChanged(change));
  }

  /** The reconnect window ran out. */
  windowExpired(): void {
    if (this.ledger.state !== 'LIVE_INACTIVE' || this.windowAsked) return;
    this.windowAsked = true;
    this.key.release(this.nextId('window'), { roomId: this.roomId, windowExpired: true }, (outcome) => {
      const held = 'refused' in outcome || outcome.answer.outcome === 'held';
      if (!held) this.change((ledger) => ledger.letGo(outcome, 'reconnect_window_expired'));
      this.when(
        () => this.ledger.state !== 'LIVE_INACTIVE',
        () => (this.windowAsked = false),
      );
    });
  }

  /** The encoder of a LIVE room did not stop in time: a waiting end is refused. */
  stopWaitRanOut(): void {
    const index = this.waiters.findIndex(({ then }) => then === this.releaseNow);
    if (index < 0) return;
    this.waiters.splice(index, 1);
    this.ledger.pending = null;
  }

  writeNext(): void {
    this.writes.writeNext();
    this.wake();
  }

  private goLive(): void {
    const { roomId } = this;
    const claim = { roomId, roomWorkflowId: `room:1:${roomId}`, playbackName: `room${roomId}` };
    this.key.claim(this.nextId('claim'), claim, (outcome) => {
      if ('refused' in outcome) return this.finish();
      this.change((ledger) => ledger.wentLive(outcome.answer));
      this.whenWritten(() => this.finish());
    });
  }

  private endBroadcast(): void {
    this.when(() => this.ledger.state !== 'LIVE', this.releaseNow);
  }

  private readonly releaseNow = (): void => {
    if (this.ledger.isOver) return this.whenWritten(() => this.finish());
    this.key.release(this.nextId('release'), { roomId: this.roomId, windowExpired: false }, (outcome) => {
      if ('refused' in outcome && !this.ledger.isOver) return this.finish();
      this.change((ledger) => ledger.letGo(outcome, 'end_broadcast'));
      this.whenWritten(() => this.finish());
    });
  };

  private cancel(): void {
    this.change((ledger) => ledger.cancelled());
    this.whenWritten(() => this.finish());
  }

  private forceEnd(): void {
    if (this.ledger.isOver) return;
    this.key.forceEnd(this.nextId('forceEnd'), { roomId: this.roomId }, () => {
      const claimIsHere = () => this.ledger.state !== 'SCHEDULED' || this.ledger.pending !== 'goLive';
      this.when(claimIsHere, () => this.change((ledger) => ledger.forceEnded()));
    });
  }

  private finish(): void {
    this.ledger.pending = null;
    this.wake();
  }

  private change(by: (ledger: RoomLedger) => void): void {
    const wasOver = this.ledger.isOver;
    by(this.ledger);
    if (wasOver && !this.ledger.isOver) throw new Error(`room ${this.roomId} came back from its end`);
    this.writes.push(this.ledger.takeRecords());
    this.wake();
  }

  private whenWritten(then: () => void): void {
    const number = this.ledger.transitionNumber;
    this.when(() => this.writes.writtenNumber >= number, then);
  }

  private when(until: () => boolean, then: () => void): void {
    this.waiters.push({ until, then });
    this.wake();
  }

  private wake(): void {
    for (;;) {
      const index = this.waiters.findIndex(({ until }) => until());
      if (index < 0) return;
      this.waiters.splice(index, 1)[0]!.then();
    }
  }

  private nextId(what: string): string {
    this.asked += 1;
    return `${what}:room-${this.roomId}:${this.asked}`;
  }
}
