import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Actor } from '../domain/actor';
import type { CallbackLine } from '../domain/callbacks';
import type { DeletedKind } from '../domain/ids';
import type { OutputMode } from '../domain/output-mode';
import type { SessionEndReason } from '../domain/session-end-reason';
import type { StreamKeyState } from '../domain/stream-key/machine';
import type { RoomState, VodState } from '../domain/video-room/machine';
import type { KeyLedgerState } from './stream-key/ledger-state';

/** Every update, signal and query, in one place. Each takes exactly one JSON object, so that the Temporal UI can send it. */

// ---- the stream key's workflow ------------------------------------------------------------------

/** Who a key is. Never the secret. */
export interface StreamKeyIdentity {
  appId: number;
  memberId: number;
  streamKeyId: number;
}

/** The room that a key's row names, or that went live by the key's session. */
export interface RoomOfKeyFacts {
  roomId: number;
  roomWorkflowId: string;
  playbackName: string;
  goLiveAt: string;
  /** Its row has ended meanwhile: the key has to let it go. */
  isOver: boolean;
}

/** A stream key's row as a new run goes on from it. */
export interface StreamKeyFacts {
  state: StreamKeyState;
  keyVersion: number;
  epoch: number;
  transitionNumber: number;
  session: SessionView | null;
  room: RoomOfKeyFacts | null;
  /** A room that went live by this session: the key's own row was not written before its history was lost. */
  claimed?: RoomOfKeyFacts;
}

/** What starts a run of the key's workflow: who it is. What it goes on from is its row, or what the run before it handed over. */
export interface StreamKeyInput extends StreamKeyIdentity {
  /** Everything that the run before this one knew: its history had grown long (continue-as-new). */
  handedOver?: KeyLedgerState;
  /** The row, where the starter has just read it: a publish is answered without another look. Else the run reads it first. */
  facts?: StreamKeyFacts;
  /** Milliseconds in INACTIVE before the run completes; tests shorten it. */
  idleMs?: number;
}

export interface PublishRequest {
  sessionId: string;
  /** The media node that holds the connection, and asks. */
  nodeId: string;
  /** Of the key that the encoder used: the row's version at look-up. */
  keyVersion: number;
  mode: OutputMode;
  /** The silent session on the same node that this publish takes over. */
  supersedes: string | null;
}

/** The room that a key holds, as the media node needs it. */
export interface HeldRoom {
  roomId: number;
  playbackName: string;
  /** ISO 8601: the time of the grant, which is the go-live mark. */
  goLiveAt: string;
}

export interface PublishGrant {
  epoch: number;
  /** Set when a live room waits for this publish: its broadcast goes on with it. */
  room: HeldRoom | null;
}

export interface UnpublishTell {
  sessionId: string;
  epoch: number | null;
  reason: SessionEndReason;
}

export interface ViewableTell {
  sessionId: string;
  epoch: number;
}

export interface ClaimRequest {
  roomId: number;
  roomWorkflowId: string;
  playbackName: string;
}

/** The key's session as others see it. */
export interface SessionView {
  sessionId: string;
  nodeId: string;
  epoch: number;
  mode: OutputMode;
}

export interface ClaimGrant {
  /** ISO 8601, when the key's ACTIVE_LIVE was recorded. */
  grantedAt: string;
  transitionNumber: number;
  /** Null where the key was reborn after the grant and its session is gone: a drop, told as such. */
  session: SessionView | null;
}

export interface ReleaseRequest {
  roomId: number;
  /** True when the reconnect window ran out: only then the answer may be `held`. */
  windowExpired: boolean;
}

/** A reborn room asks what its key knows of it. */
export interface RoomStatusRequest {
  roomId: number;
}

export interface RoomStatusAnswer {
  held: boolean;
  /** True where the key ended this room by force, as far as it remembers. */
  forced: boolean;
  grant: ClaimGrant | null;
  keyState: StreamKeyState;
  transitionNumber: number;
  session: SessionView | null;
}

export type ReleaseAnswer = {
  outcome: 'released' | 'held' | 'not_held' | 'forced';
  transitionNumber: number;
};

export interface KeyForceEndRequest {
  /** The room that asks; null when the key itself is force-terminated. */
  roomId: number | null;
  /** Who asked for it; absent: an operator. */
  actor?: Actor;
}

export type KeyForceEndAnswer = {
  outcome: 'forced' | 'not_held' | 'already_inactive';
  transitionNumber: number;
};

/** The least key version that the key takes from now on: its new secret's. */
export interface KeyReissueAnswer {
  keyVersion: number;
}

export const publishUpdate = defineUpdate<PublishGrant, [PublishRequest]>('publish');
export const claimUpdate = defineUpdate<ClaimGrant, [ClaimRequest]>('claim');
export const roomStatusUpdate = defineUpdate<RoomStatusAnswer, [RoomStatusRequest]>('roomStatus');
export const releaseUpdate = defineUpdate<ReleaseAnswer, [ReleaseRequest]>('release');
export const keyForceEndUpdate = defineUpdate<KeyForceEndAnswer, [KeyForceEndRequest]>('forceEnd');
export const reissueUpdate = defineUpdate<KeyReissueAnswer, []>('reissue');
export const unpublishSignal = defineSignal<[UnpublishTell]>('unpublish');
export const viewableSignal = defineSignal<[ViewableTell]>('viewable');
/** Null while a new run still goes on from its row. */
export const getKeyStateQuery = defineQuery<KeyLedgerState | null>('getState');

// ---- the room's workflow ------------------------------------------------------------------------

export interface VideoRoomInput {
  appId: number;
  roomId: number;
  memberId: number;
  streamKeyId: number;
  /** The room's public playback name. */
  playbackName: string;
  /** Seconds a drop may last before the room ends by itself; null waits until it is ended. */
  reconnectWindowSeconds: number | null;
  transitionNumber: number;
  /** The earlier run was lost: this one goes on from the row. */
  reborn?: boolean;
  /** Public play addresses by name, for the operator's view in the Temporal UI. Never a secret. */
  links?: Record<string, string>;
}

/** A command of a backend or an operator. All fields are optional, since the Temporal UI may send `{}`. */
export interface Command {
  /** The same command with the same idempotency key acts once. */
  idempotencyKey?: string;
  /** Unix milliseconds after which the command must not act any more. */
  deadlineMs?: number;
  /** Who gives it; absent: an operator. */
  actor?: Actor;
}

/** The room's row has a new window: it counts from the last drop, also where that was before. */
export interface ReconnectWindowChange {
  /** Null waits until the room is ended. */
  seconds: number | null;
}

export interface RoomView {
  roomId: number;
  state: RoomState;
  vodState: VodState;
  forciblyTerminated: boolean;
  videoPostId: number | null;
  session: SessionView | null;
  transitionNumber: number;
}

/** The key tells its held room each change, one message at a time. */
export interface KeyChange {
  roomId: number;
  transitionNumber: number;
  keyState: StreamKeyState;
  /** Why the key changed; for an end: whether the room was released or forced. */
  reason: SessionEndReason | 'viewable' | 'published' | 'released' | 'forced_end' | 'reborn';
  session: SessionView | null;
  /** Of a forced end: who asked for it. */
  actor?: Actor;
}

export interface ArchiveResult {
  attempt: number;
  outcome: 'archived' | 'failed';
  videoPostId: number | null;
  /** Why it failed, for people. */
  failure: string | null;
}

export interface TimelineEntry {
  transitionNumber: number;
  state: RoomState;
  vodState: VodState;
  reason: string | null;
  at: string;
}

export const goLiveUpdate = defineUpdate<RoomView, [Command]>('goLive');
export const endBroadcastUpdate = defineUpdate<RoomView, [Command]>('endBroadcast');
export const forceEndUpdate = defineUpdate<RoomView, [Command]>('forceEnd');
export const cancelUpdate = defineUpdate<RoomView, [Command]>('cancel');
export const retryArchiveUpdate = defineUpdate<RoomView, [Command]>('retryArchive');
export const goLiveSignal = defineSignal<[Command]>('goLive');
export const endBroadcastSignal = defineSignal<[Command]>('endBroadcast');
export const forceEndSignal = defineSignal<[Command]>('forceEnd');
export const cancelSignal = defineSignal<[Command]>('cancel');
export const retryArchiveSignal = defineSignal<[Command]>('retryArchive');
export const reconnectWindowSignal = defineSignal<[ReconnectWindowChange]>('reconnectWindow');
/** The record says that the key does not hold this live room: the room asks it. */
export const checkKeySignal = defineSignal('checkKey');
export const keyChangedSignal = defineSignal<[KeyChange]>('keyChanged');
export const archiveFinishedSignal = defineSignal<[ArchiveResult]>('archiveFinished');
export const getStateQuery = defineQuery<RoomView>('getState');
export const getTimelineQuery = defineQuery<TimelineEntry[]>('getTimeline');

// ---- the archive's workflow ---------------------------------------------------------------------

export interface ArchiveInput {
  appId: number;
  roomId: number;
  roomWorkflowId: string;
  playbackName: string;
  attempt: number;
}

// ---- the deletion of files -----------------------------------------------------------------------

/** Whose files are to go: of a room or post that was deleted, or the live segments of an archived room. */
export interface DeleteFilesInput {
  kind: DeletedKind;
  appId: number;
  /** The room's, or the post's. */
  id: number;
  /** The room's playback name, or the post's name. */
  name: string;
}

// ---- a line of callbacks ------------------------------------------------------------------------

export type CallbackInput = CallbackLine;

/** There may be something to deliver now: look. Carries nothing, since Postgres knows what. */
export const wakeCallbacksSignal = defineSignal('wake');

// ---- the video post's workflows -----------------------------------------------------------------

/** An uploaded post, from its completed upload (or its original, on a retry) to PROCESSED. */
export interface VideoPostInput {
  appId: number;
  videoPostId: number;
}

/** An uploaded thumbnail or preview. */
export interface PostFileInput extends VideoPostInput {
  uploadId: number;
}
