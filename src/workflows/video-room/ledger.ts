import type { TransitionRecord, VideoRoomFacts, VideoRoomPatch } from '../../activities/types';
import type { Actor } from '../../domain/actor';
import { CodedError, type ErrorCode } from '../../domain/errors';
import { roomEvent, type EventType } from '../../domain/events';
import { decideRoom } from '../../domain/video-room/decide';
import type { RoomEvent, RoomState, VodState } from '../../domain/video-room/machine';
import type {
  ArchiveResult,
  ClaimGrant,
  Command,
  KeyChange,
  ReleaseAnswer,
  RoomStatusAnswer,
  RoomView,
  SessionView,
  VideoRoomInput,
} from '../messages';

export type RoomCommand = 'goLive' | 'endBroadcast' | 'forceEnd' | 'cancel' | 'retryArchive';

/** A row's write, before the workflow adds its run id. */
export type RoomRecord = Omit<Extract<TransitionRecord, { entity: 'videoRoom' }>, 'runId'> & {
  vodState: VodState;
};

const refuse = (code: ErrorCode): never => {
  throw new CodedError(code);
};

/**
 * The video room's own state (design.md sections 2 and 3): what it is, which command is pending, and what its key said.
 * Pure and synchronous. Refusals are thrown as CodedError; late or doubled facts are counted and change nothing.
 */
export class RoomLedger {
  state: RoomState = 'SCHEDULED';
  vodState: VodState = 'NOT_ARCHIVED';
  forciblyTerminated = false;
  transitionNumber: number;
  videoPostId: number | null = null;
  session: SessionView | null = null;
  /** The session that is over since the key's change that is being applied: what comes of that names it. */
  private lost: SessionView | null = null;
  /** The node of the newest session: who closes the broadcast. */
  nodeId: string | null = null;
  /** One command at a time; a forced end passes by it. */
  pending: RoomCommand | null = null;
  archiveAttempt = 0;
  ignored = 0;
  /** How often its encoder was lost while it was live. */
  drops = 0;
  /** Seconds a drop may last; null waits until the room is ended. */
  reconnectWindowSeconds: number | null;
  /** Number of the newest key change that was applied, or of the grant. */
  private keyNumber = 0;
  /** What the key said while our claim was still on its way; applied right after LIVE. */
  private early: KeyChange[] = [];
  private records: RoomRecord[] = [];

  constructor(private readonly input: VideoRoomInput) {
    this.transitionNumber = input.transitionNumber;
    this.reconnectWindowSeconds = input.reconnectWindowSeconds;
  }

  takeRecords(): RoomRecord[] {
    const taken = this.records;
    this.records = [];
    return taken;
  }

  /** Closed for good: nothing moves it any more. */
  get isOver(): boolean {
    return this.state === 'ENDED' || this.state === 'ARCHIVED' || this.state === 'CANCELLED';
  }

  /** Throws what refuses a command; changes nothing. A forced end always passes. */
  check(command: RoomCommand, { deadlineMs }: Command, nowMs: number): void {
    if (command === 'forceEnd') return;
    if (deadlineMs !== undefined && nowMs > deadlineMs) refuse('COMMAND_DEADLINE_PASSED');
    if (this.pending) refuse('REQUEST_LOCKED');
    switch (command) {
      case 'goLive':
      case 'cancel':
        if (this.state !== 'SCHEDULED') refuse('VIDEO_ROOM_STATE_NOT_SCHEDULED');
        return;
      case 'endBroadcast':
        // A LIVE room may be ended: the command waits for the encoder's stop (design.md section 6).
        if (this.state !== 'LIVE' && this.state !== 'LIVE_INACTIVE')
          refuse('VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE');
        return;
      case 'retryArchive':
        if (this.vodState !== 'FAILED_ARCHIVING') refuse('VIDEO_ROOM_VOD_STATE_NOT_FAILED_ARCHIVING');
    }
  }

  /** Goes on from its row: the earlier run was lost. */
  adopt(facts: VideoRoomFacts): void {
    this.state = facts.state;
    this.vodState = facts.vodState;
    this.forciblyTerminated = facts.forciblyTerminated;
    this.transitionNumber = facts.transitionNumber;
    this.videoPostId = facts.videoPostId;
    this.archiveAttempt = facts.archiveAttempts;
    this.nodeId = facts.nodeId;
    if (facts.reconnectWindowSeconds !== undefined)
      this.reconnectWindowSeconds = facts.reconnectWindowSeconds;
  }

  /** What the key knows of a reborn room decides: held or not, whatever the row said (design.md section 3, "Rebirth"). */
  reconcile(status: RoomStatusAnswer): void {
    const { held, forced, grant, keyState, transitionNumber, session } = status;
    if (this.isOver) return;
    if (!held) {
      if (forced) return this.forceEnded();
      if (this.state !== 'SCHEDULED') this.ended('key_lost');
      return;
    }
    if (this.state === 'SCHEDULED' && grant) this.wentLive(grant);
    const { roomId } = this.input;
    this.keyNumber = Math.min(this.keyNumber, transitionNumber - 1);
    this.keyChanged({ roomId, transitionNumber, keyState, reason: 'reborn', session });
  }

  wentLive(grant: ClaimGrant, actor?: Actor): void {
    this.takeSession(grant.session);
    this.keyNumber = Math.max(this.keyNumber, grant.transitionNumber);
    const patch = { ...this.formatOf(grant.session), liveStartedAt: grant.grantedAt };
    this.apply({ type: 'goLive' }, 'go_live', patch, actor);
    const early = this.early;
    this.early = [];
    for (const change of early) this.keyChanged(change);
  }

  /** A change of the key. Doubled and late ones are told apart by the key's own transition number. */
  keyChanged(change: KeyChange): void {
    if (change.roomId !== this.input.roomId) return this.ignore();
    if (this.state === 'SCHEDULED' && this.pending === 'goLive') {
      this.early.push(change);
      return;
    }
    if (change.transitionNumber <= this.keyNumber) return this.ignore();
    this.keyNumber = change.transitionNumber;
    const before = this.session;
    this.takeSession(change.session);
    this.lost = before?.sessionId === change.session?.sessionId ? null : before;
    this.follow(change);
    this.lost = null;
  }

  private follow(change: KeyChange): void {
    switch (change.keyState) {
      case 'INACTIVE_LIVE':
      case 'ACTIVE_LIVE_PREP':
        // The encoder is away, or back and nobody can watch yet.
        return void this.apply({ type: 'keyInactiveLive' }, change.reason, {});
      case 'ACTIVE_LIVE':
        return void this.apply({ type: 'keyActiveLive' }, change.reason, this.formatOf(change.session));
      case 'INACTIVE':
        if (change.reason === 'forced_end') this.forceEnded(change.actor);
        else this.ended('reconnect_window_expired');
        return;
      case 'ACTIVE_PREP':
      case 'ACTIVE':
        // A key that holds a room is in none of these.
        this.ignore();
    }
  }

  /** The key's word that it does not hold the room (any more): ended by whoever ended it there. */
  letGo(verdict: { answer: ReleaseAnswer } | { refused: ErrorCode }, reason: string, actor?: Actor): void {
    if ('answer' in verdict && verdict.answer.outcome === 'forced') this.forceEnded();
    else this.ended(reason, actor);
  }

  /**
   * The key let the room go. It does so only in INACTIVE_LIVE, so a room that has not heard of the drop yet hears of it here:
   * the encoder may have come back and dropped again while the question was on its way.
   */
  ended(reason: string, actor?: Actor): void {
    if (this.state === 'LIVE') this.apply({ type: 'keyInactiveLive' }, 'connection_lost', {});
    this.apply({ type: 'endBroadcast' }, reason, { liveEndedAt: 'now' }, actor);
  }

  forceEnded(actor?: Actor): void {
    this.early = [];
    const wasLive = this.state !== 'SCHEDULED';
    const patch: VideoRoomPatch = wasLive ? { liveEndedAt: 'now' } : { cancelledAt: 'now' };
    if (this.isOver) return this.ignore();
    this.forciblyTerminated = true;
    this.apply({ type: 'forceEnd' }, 'forced_end', { ...patch, forciblyTerminated: true }, actor);
  }

  cancelled(actor?: Actor): void {
    this.apply({ type: 'cancel' }, 'cancelled', { cancelledAt: 'now' }, actor);
  }

  archiveStarted(actor?: Actor): void {
    this.archiveAttempt += 1;
    this.vodState = 'ARCHIVING';
    const reason = `attempt ${this.archiveAttempt}`;
    this.record(this.state, 'VIDEO_ROOM_ARCHIVING', reason, { vodState: 'ARCHIVING' }, actor);
  }

  /** The archive's word; a result of an older attempt changes nothing. */
  archiveFinished(result: ArchiveResult): void {
    if (result.attempt !== this.archiveAttempt || this.vodState !== 'ARCHIVING') return this.ignore();
    this.videoPostId = result.videoPostId ?? this.videoPostId;
    const post: VideoRoomPatch = result.videoPostId === null ? {} : { videoPostId: result.videoPostId };
    if (result.outcome === 'failed') {
      this.vodState = 'FAILED_ARCHIVING';
      const patch = { ...post, vodState: this.vodState };
      return this.record(this.state, 'VIDEO_ROOM_FAILED_ARCHIVING', result.failure, patch);
    }
    this.vodState = 'ARCHIVED';
    this.apply({ type: 'archived' }, 'archived', { ...post, vodState: 'ARCHIVED', vodArchivedAt: 'now' });
  }

  view(): RoomView {
    const { state, vodState, forciblyTerminated, videoPostId, session, transitionNumber } = this;
    return {
      roomId: this.input.roomId,
      state,
      vodState,
      forciblyTerminated,
      videoPostId,
      session,
      transitionNumber,
    };
  }

  private takeSession(session: SessionView | null): void {
    this.session = session;
    if (session) this.nodeId = session.nodeId;
  }

  private formatOf(session: SessionView | null): VideoRoomPatch {
    return session ? { format: session.mode, nodeId: session.nodeId } : {};
  }

  private ignore(): void {
    this.ignored += 1;
  }

  private apply(event: RoomEvent, reason: string, patch: VideoRoomPatch, actor?: Actor): void {
    const decision = decideRoom(this.state, event);
    if (decision.kind !== 'moves') return this.ignore();
    const from = this.state;
    this.state = decision.next;
    if (this.state === 'LIVE_INACTIVE') this.drops += 1;
    this.record(from, roomEvent(this.state), reason, patch, actor);
  }

  private record(
    from: RoomState,
    type: EventType,
    reason: string | null,
    patch: VideoRoomPatch,
    actor?: Actor,
  ): void {
    this.transitionNumber += 1;
    const { lost } = this;
    this.lost = null;
    this.records.push({
      entity: 'videoRoom',
      appId: this.input.appId,
      entityId: this.input.roomId,
      transitionNumber: this.transitionNumber,
      type,
      from,
      to: this.state,
      reason,
      sessionId: this.session?.sessionId ?? null,
      ...(lost ? { endedSessionId: lost.sessionId } : {}),
      ...(actor ? { actor } : {}),
      patch,
      vodState: this.vodState,
    });
  }
}
