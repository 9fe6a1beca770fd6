import type { StreamKeyPatch } from '../../activities/types';
import type { Actor } from '../../domain/actor';
import { CodedError, type ErrorCode } from '../../domain/errors';
import { streamKeyEvent } from '../../domain/events';
import type { SessionEndReason } from '../../domain/session-end-reason';
import { decideStreamKey } from '../../domain/stream-key/decide';
import type { StreamKeyEvent } from '../../domain/stream-key/machine';
import type {
  ClaimGrant,
  ClaimRequest,
  KeyChange,
  KeyForceEndAnswer,
  KeyForceEndRequest,
  KeyReissueAnswer,
  PublishGrant,
  PublishRequest,
  ReleaseAnswer,
  ReleaseRequest,
  RoomOfKeyFacts,
  RoomStatusAnswer,
  RoomStatusRequest,
  SessionView,
  StreamKeyIdentity,
  UnpublishTell,
  ViewableTell,
} from '../messages';
import { isoTime } from '../time';
import type { KeyEffect } from './effects';
import { heldFromFacts, type HeldRoomState, type KeyLedgerState } from './ledger-state';
import { remember, REMEMBERED_ROOMS, REMEMBERED_SESSIONS } from './memory';

/** At most one takeover in this time and key: two encoders must not kick each other for ever (design.md section 3). */
export const TAKEOVER_INTERVAL_MS = 30_000;

const refuse = (code: ErrorCode, detail?: string): never => {
  throw new CodedError(code, detail);
};

/**
 * The stream key as the only arbiter: who publishes, and which room is live (design.md section 3).
 * Pure and synchronous: it decides, changes its own state and names effects. Times come in from outside.
 * Refusals are thrown as CodedError; late or doubled facts are counted and change nothing.
 */
export class KeyLedger {
  readonly state: KeyLedgerState;
  /** Taken by the workflow after each call. */
  private effects: KeyEffect[] = [];

  constructor(
    private readonly identity: StreamKeyIdentity,
    state: KeyLedgerState,
  ) {
    this.state = state;
  }

  takeEffects(): KeyEffect[] {
    const taken = this.effects;
    this.effects = [];
    return taken;
  }

  /** Throws what refuses a publish; changes nothing. */
  checkPublish(request: PublishRequest, nowMs: number): void {
    const { state } = this;
    if (request.keyVersion < state.minKeyVersion) refuse('STREAM_KEY_ROTATED');
    if (state.endedSessions.includes(request.sessionId)) refuse('SESSION_ENDED');
    const holder = state.session;
    if (!holder || holder.sessionId === request.sessionId) return;
    // The holder's own node has seen its bytes and decided; on another node it must end first.
    if (holder.nodeId !== request.nodeId) refuse('STREAM_KEY_BUSY');
    const isTakeover = request.supersedes === holder.sessionId;
    if (isTakeover && state.lastTakeoverMs !== null && nowMs - state.lastTakeoverMs < TAKEOVER_INTERVAL_MS) {
      refuse('TAKEOVER_LIMIT');
    }
  }

  publish(request: PublishRequest, nowMs: number): PublishGrant {
    this.checkPublish(request, nowMs);
    const { state } = this;
    state.minKeyVersion = Math.max(state.minKeyVersion, request.keyVersion);
    if (state.session?.sessionId !== request.sessionId) {
      if (state.session) this.takeOver(state.session, request, nowMs);
      this.startSession(request);
    }
    const { room } = state;
    return {
      epoch: state.snapshot.context.epoch,
      room: room && { roomId: room.roomId, playbackName: room.playbackName, goLiveAt: room.grant.grantedAt },
    };
  }

  unpublish(tell: UnpublishTell): void {
    this.endSession(tell.sessionId, tell.epoch, tell.reason);
  }

  /** The lease ended in another way than the node's word: the session is over, and its socket must go. */
  sessionLost(session: SessionView, reason: SessionEndReason): void {
    if (!this.endSession(session.sessionId, session.epoch, reason)) return;
    this.effects.push({ kind: 'cut', session, reason, minKeyVersion: this.state.minKeyVersion });
  }

  viewable(tell: ViewableTell): void {
    const moved = this.apply({ type: 'viewable', ...tell }, 'viewable', {});
    if (moved && this.state.snapshot.state === 'ACTIVE_LIVE') this.state.releaseWanted = false;
  }

  claim(request: ClaimRequest, nowMs: number): ClaimGrant {
    const { state } = this;
    if (state.refusedRooms.includes(request.roomId)) refuse('VIDEO_ROOM_STATE_NOT_SCHEDULED');
    // Asked again after a crash: the grant stands. A session lost meanwhile is a drop, told as such.
    if (state.room?.roomId === request.roomId) return state.room.grant;
    const decision = decideStreamKey(state.snapshot, { type: 'claim', roomId: request.roomId });
    if (decision.kind !== 'moves' || !state.session) return refuse('STREAM_KEY_STATE_NOT_ACTIVE');
    const grant: ClaimGrant = {
      grantedAt: isoTime(nowMs),
      transitionNumber: state.transitionNumber + 1,
      session: viewOf(state.session),
    };
    this.apply({ type: 'claim', roomId: request.roomId }, 'claimed', { videoRoomId: request.roomId });
    const { roomId, roomWorkflowId, playbackName } = request;
    state.room = { roomId, roomWorkflowId, playbackName, grant };
    return grant;
  }

  roomStatus({ roomId }: RoomStatusRequest): RoomStatusAnswer {
    const { state } = this;
    const held = state.room?.roomId === roomId ? state.room : null;
    return {
      held: held !== null,
      forced: state.forcedRooms.includes(roomId),
      grant: held && held.grant,
      keyState: state.snapshot.state,
      transitionNumber: state.transitionNumber,
      session: state.session,
    };
  }

  /** A run that went on from its row: the lease of its session, and word to the room that it holds. */
  reconcile(claimed?: RoomOfKeyFacts): void {
    if (claimed) this.reclaim(claimed);
    const { session, room } = this.state;
    if (room?.isOver) return this.dropEndedRoom();
    if (session) this.effects.push({ kind: 'lease', session });
    if (room) this.tell(room, 'reborn');
  }

  /** The row does not know of this grant yet: its room does, and nothing was written since. */
  private reclaim(claimed: RoomOfKeyFacts): void {
    const { state } = this;
    const { roomId } = claimed;
    if (!this.apply({ type: 'claim', roomId }, 'claimed', { videoRoomId: roomId })) return;
    state.room = heldFromFacts(claimed, state);
  }

  /**
   * The held room has ended without us: the key lets it go. A session that still publishes for it ends too, since it was let in
   * for that room; its encoder comes back as a new one.
   */
  private dropEndedRoom(): void {
    const { session } = this.state;
    if (session) this.sessionLost(session, 'media_lost');
    if (this.state.room) this.letRoomGo('released');
  }

  release(request: ReleaseRequest): ReleaseAnswer {
    const { state } = this;
    if (state.room?.roomId !== request.roomId) {
      const answer = this.notHeld(request.roomId);
      return state.forcedRooms.includes(request.roomId) ? { ...answer, outcome: 'forced' } : answer;
    }
    const decision = decideStreamKey(state.snapshot, { type: 'release', roomId: request.roomId });
    if (decision.kind === 'moves') {
      this.letRoomGo('released');
      return { outcome: 'released', transitionNumber: state.transitionNumber };
    }
    if (!request.windowExpired) refuse('STREAM_KEY_STATE_NOT_INACTIVE_LIVE');
    // A session is preparing (or just made it): the room hears how that went.
    state.releaseWanted = state.snapshot.state === 'ACTIVE_LIVE_PREP';
    return { outcome: 'held', transitionNumber: state.transitionNumber };
  }

  forceEnd(request: KeyForceEndRequest): KeyForceEndAnswer {
    const { state } = this;
    if (request.roomId !== null && state.room?.roomId !== request.roomId) return this.notHeld(request.roomId);
    if (state.snapshot.state === 'INACTIVE') {
      return { outcome: 'already_inactive', transitionNumber: state.transitionNumber };
    }
    if (state.room) state.forcedRooms = remember(state.forcedRooms, state.room.roomId, REMEMBERED_ROOMS);
    // First of all: from here on the old key is refused, whatever else is slow or away.
    state.minKeyVersion += 1;
    const session = state.session;
    const room = state.room;
    if (session) this.forget(session);
    state.room = null;
    state.releaseWanted = false;
    const patch = { ...NO_SESSION, videoRoomId: null, forciblyTerminated: true };
    this.apply({ type: 'forceEnd' }, 'forced_end', patch, room, request.actor);
    const minKeyVersion = state.minKeyVersion;
    if (session)
      this.effects.push({ kind: 'cut', session: viewOf(session), reason: 'forced_end', minKeyVersion });
    this.effects.push({ kind: 'rotate', toVersion: minKeyVersion });
    return { outcome: 'forced', transitionNumber: state.transitionNumber };
  }

  /** A new secret for a key that nobody uses. From here on the old one is refused, also of a publish that is under way. */
  reissue(): KeyReissueAnswer {
    const { state } = this;
    if (state.snapshot.state !== 'INACTIVE') refuse('STREAM_KEY_STATE_NOT_INACTIVE');
    state.minKeyVersion += 1;
    this.effects.push({ kind: 'rotate', toVersion: state.minKeyVersion });
    return { keyVersion: state.minKeyVersion };
  }

  private takeOver(holder: SessionView, request: PublishRequest, nowMs: number): void {
    if (request.supersedes === holder.sessionId) this.state.lastTakeoverMs = nowMs;
    this.endSession(holder.sessionId, holder.epoch, 'taken_over');
    const minKeyVersion = this.state.minKeyVersion;
    this.effects.push({ kind: 'cut', session: viewOf(holder), reason: 'taken_over', minKeyVersion });
  }

  private startSession(request: PublishRequest): void {
    const epoch = this.state.snapshot.context.epoch + 1;
    const { sessionId, nodeId, mode } = request;
    const session: SessionView = { sessionId, nodeId, epoch, mode };
    this.state.session = session;
    this.apply({ type: 'ingestStarted', sessionId, epoch }, 'published', {
      epoch,
      sessionId,
      sessionNodeId: nodeId,
      sessionMode: mode,
      forciblyTerminated: false,
    });
    this.effects.push({ kind: 'lease', session: viewOf(session) });
  }

  /** Ends a session once, whoever tells it and however often. False when it was not the current one. */
  private endSession(sessionId: string, epoch: number | null, reason: SessionEndReason): boolean {
    const { state } = this;
    const decision = decideStreamKey(state.snapshot, { type: 'ingestStopped', sessionId, epoch });
    state.endedSessions = remember(state.endedSessions, sessionId, REMEMBERED_SESSIONS);
    if (decision.kind !== 'moves') {
      this.count('ingestStopped');
      return false;
    }
    state.session = null;
    this.apply({ type: 'ingestStopped', sessionId, epoch }, reason, NO_SESSION);
    if (state.releaseWanted && state.snapshot.state === 'INACTIVE_LIVE')
      this.letRoomGo('released', state.room);
    return true;
  }

  private forget(session: SessionView): void {
    this.state.endedSessions = remember(this.state.endedSessions, session.sessionId, REMEMBERED_SESSIONS);
    this.state.session = null;
  }

  /** Releases the held room. `tell` is the room to tell by Signal; one that asked has its answer. */
  private letRoomGo(reason: 'released', tell: HeldRoomState | null = null): void {
    const roomId = this.state.room!.roomId;
    this.state.room = null;
    this.state.releaseWanted = false;
    this.apply({ type: 'release', roomId }, reason, { videoRoomId: null }, tell);
  }

  private notHeld(roomId: number): { outcome: 'not_held'; transitionNumber: number } {
    this.state.refusedRooms = remember(this.state.refusedRooms, roomId, REMEMBERED_ROOMS);
    return { outcome: 'not_held', transitionNumber: this.state.transitionNumber };
  }

  private apply(
    event: StreamKeyEvent,
    reason: KeyChange['reason'] | 'claimed',
    patch: StreamKeyPatch,
    tell: HeldRoomState | null = this.state.room,
    actor?: Actor,
  ): boolean {
    const { state } = this;
    const decision = decideStreamKey(state.snapshot, event);
    if (decision.kind !== 'moves') {
      this.count(event.type);
      return false;
    }
    const from = state.snapshot.state;
    state.snapshot = decision.next;
    state.transitionNumber += 1;
    const to = state.snapshot.state;
    this.effects.push({
      kind: 'record',
      record: {
        entity: 'streamKey',
        appId: this.identity.appId,
        entityId: this.identity.streamKeyId,
        transitionNumber: state.transitionNumber,
        type: streamKeyEvent(to),
        from,
        to,
        reason,
        sessionId: 'sessionId' in event ? event.sessionId : (state.session?.sessionId ?? null),
        ...(actor ? { actor } : {}),
        patch,
      },
    });
    if (tell && reason !== 'claimed') this.tell(tell, reason, actor);
    return true;
  }

  private tell(room: HeldRoomState, reason: KeyChange['reason'], actor?: Actor): void {
    const { state } = this;
    const change: KeyChange = {
      roomId: room.roomId,
      transitionNumber: state.transitionNumber,
      keyState: state.snapshot.state,
      reason,
      session: state.session && viewOf(state.session),
      ...(actor ? { actor } : {}),
    };
    this.effects.push({ kind: 'tellRoom', roomWorkflowId: room.roomWorkflowId, change });
  }

  private count(what: string): void {
    this.state.ignored[what] = (this.state.ignored[what] ?? 0) + 1;
  }
}

const NO_SESSION: StreamKeyPatch = {
  sessionId: null,
  sessionNodeId: null,
  sessionMode: null,
};

const viewOf = ({ sessionId, nodeId, epoch, mode }: SessionView): SessionView => ({
  sessionId,
  nodeId,
  epoch,
  mode,
});
