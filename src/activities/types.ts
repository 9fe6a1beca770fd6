import type { Actor } from '../domain/actor';
import type { CallbackLine } from '../domain/callbacks';
import type { OutputMode } from '../domain/output-mode';
import type { EventType } from '../domain/events';
import type { SessionEndReason } from '../domain/session-end-reason';
import type { StreamKeyState } from '../domain/stream-key/machine';
import type { RoomState, VodState } from '../domain/video-room/machine';
import type {
  ClaimGrant,
  DeleteFilesInput,
  KeyForceEndAnswer,
  ReleaseAnswer,
  RoomStatusAnswer,
  StreamKeyFacts,
  StreamKeyIdentity,
} from '../workflows/messages';

/** Signatures of all activities, by the queue that runs them. Workflows import only these types. */

/** Columns of a row that a transition sets, beside its state. Absent: unchanged; null: cleared. */
export interface StreamKeyPatch {
  epoch?: number;
  sessionId?: string | null;
  sessionNodeId?: string | null;
  sessionMode?: OutputMode | null;
  videoRoomId?: number | null;
  forciblyTerminated?: boolean;
}
export interface VideoRoomPatch {
  vodState?: VodState;
  forciblyTerminated?: boolean;
  /** The session's mode: which play URLs the room has. Null clears them. */
  format?: OutputMode | null;
  liveStartedAt?: string;
  /** `'now'` takes the time of the write. */
  liveEndedAt?: 'now';
  cancelledAt?: 'now';
  vodArchivedAt?: 'now';
  videoPostId?: number;
  nodeId?: string;
}

interface TransitionBase {
  appId: number;
  entityId: number;
  /** With the transition number, what tells a repeated write apart. */
  runId: string;
  transitionNumber: number;
  type: EventType;
  reason: string | null;
  sessionId: string | null;
  /** Who gave the command. Absent: the reason tells, or an operator did. */
  actor?: Actor;
}
export type TransitionRecord =
  | (TransitionBase & {
      entity: 'streamKey';
      from: StreamKeyState;
      to: StreamKeyState;
      patch: StreamKeyPatch;
    })
  | (TransitionBase & {
      entity: 'videoRoom';
      from: RoomState;
      to: RoomState;
      patch: VideoRoomPatch;
      /** The session whose end this is; `sessionId` is the one that is on since then, if there is one. */
      endedSessionId?: string;
    });

export interface RecordedTransition {
  /** The entity's event number, 1...n without a gap. */
  eventNumber: number;
  /** ISO 8601, when it was first recorded. */
  at: string;
}

/** A room's row as a reborn run goes on from it. */
export interface VideoRoomFacts {
  state: RoomState;
  vodState: VodState;
  forciblyTerminated: boolean;
  transitionNumber: number;
  videoPostId: number | null;
  nodeId: string | null;
  /** The room's post is there and processed: its archive is done, whoever was told. */
  isArchived: boolean;
  archiveAttempts: number;
  /** Seconds, as the row says now. */
  reconnectWindowSeconds?: number | null;
}

export type AskKeyRequest = { key: StreamKeyIdentity; updateId: string } & (
  | { update: 'claim'; arg: { roomId: number; roomWorkflowId: string; playbackName: string } }
  | { update: 'roomStatus'; arg: { roomId: number } }
  | { update: 'release'; arg: { roomId: number; windowExpired: boolean } }
  | { update: 'forceEnd'; arg: { roomId: number | null; actor?: Actor } }
);
export type AskKeyAnswer =
  | { update: 'claim'; answer: ClaimGrant }
  | { update: 'roomStatus'; answer: RoomStatusAnswer }
  | { update: 'release'; answer: ReleaseAnswer }
  | { update: 'forceEnd'; answer: KeyForceEndAnswer };

/** Queue `showrunner`. */
export interface MainActivities {
  recordTransition(record: TransitionRecord): Promise<RecordedTransition>;
  /** Makes this run the row's owner: what older runs still write is dropped from now on. Answers what the row says. */
  adoptStreamKey(request: { streamKeyId: number; runId: string }): Promise<StreamKeyFacts>;
  adoptVideoRoom(request: { roomId: number; runId: string }): Promise<VideoRoomFacts>;
  /** Gives the key a new secret and version; safe to repeat for the same version. */
  rotateStreamKey(request: { streamKeyId: number; toVersion: number }): Promise<void>;
}
/** What one step for a line of callbacks came to, and with it what its workflow does next. */
export type CallbackStep =
  /** Nothing waits to be delivered. */
  | { kind: 'idle' }
  | { kind: 'settled'; to: 'DELIVERED' | 'PARKED' }
  /** Its next callback may be tried after this. */
  | { kind: 'wait'; waitMs: number };
/** Queue `showrunner-callbacks`. */
export interface CallbackActivities {
  /** Tries the next callback of a line that is due, once, and writes what came of it. */
  deliverCallback(line: CallbackLine): Promise<CallbackStep>;
}
/** Queue `showrunner-ask`. */
export interface AskActivities {
  askKey(request: AskKeyRequest): Promise<AskKeyAnswer>;
}

export interface SessionManifest {
  sessionId: string;
  reason: SessionEndReason;
  durationMs: number;
  bytes: number;
}
/** Queue `media-<nodeId>`. */
export interface LeaseActivities {
  /** Follows a publisher session to its end. Fails with SESSION_GONE where the node never had it. */
  packageStream(request: { sessionId: string; epoch: number }): Promise<SessionManifest>;
}

export interface OpenBroadcastRequest {
  playbackName: string;
  sessionId: string;
  goLiveAt: string;
}
export interface CloseBroadcastRequest {
  playbackName: string;
  /** ISO 8601, when the room's end was recorded. */
  endedAt: string;
}
/** Queue `media-<nodeId>-control`: short work only. */
export interface ControlActivities {
  /** Destroys the socket and refuses the session for good. `known` is false where the node has no such session. */
  cutPublisher(request: {
    sessionId: string;
    reason: SessionEndReason;
    streamKeyId: number;
    minKeyVersion: number;
  }): Promise<{ known: boolean }>;
  /** Do the session's bytes advance? Measured over half a second. */
  probeSession(request: { sessionId: string }): Promise<{ known: boolean; advancing: boolean }>;
  openBroadcast(request: OpenBroadcastRequest): Promise<{ goLiveAt: string }>;
  closeBroadcast(request: CloseBroadcastRequest): Promise<{ segments: number; durationMs: number }>;
}

export interface ArchiveRequest {
  appId: number;
  roomId: number;
  playbackName: string;
}
/** Queue `archive-fast`. */
export interface ArchiveFastActivities {
  /** Creates the room's one video post (or finds it) and writes its VOD playlists from the timeline's index. */
  makePlayable(
    request: ArchiveRequest,
  ): Promise<{ videoPostId: number; durationMs: number; segments: number }>;
  /** Swaps the renditions in under the VOD's URL and marks the post processed. */
  publishVideoPost(request: ArchiveRequest & { videoPostId: number }): Promise<void>;
  /** Marks the post failed, with a reason for people. */
  failVideoPost(request: ArchiveRequest & { videoPostId: number | null; failure: string }): Promise<void>;
}
/** Queue `archive`. */
export interface ArchiveSlowActivities {
  /** Makes and verifies the original MP4; heartbeats its progress in percent. */
  makeOriginal(
    request: ArchiveRequest & { videoPostId: number },
  ): Promise<{ bytes: number; durationMs: number }>;
  /** Makes the VOD's renditions from the original, by chunks: a killed one goes on where it was. Heartbeats what it is at. */
  transcodeVod(
    request: ArchiveRequest & { videoPostId: number },
  ): Promise<{ renditions: string[]; durationMs: number }>;
}

/** Queue `archive` as well: whoever archives has the storage at hand. */
export interface DeleteFilesActivities {
  /** Removes files that nobody needs any more; answers how many files and folders that were. Heartbeats the same. */
  deleteFiles(input: DeleteFilesInput): Promise<{ removed: number }>;
}

export interface PostRequest {
  appId: number;
  videoPostId: number;
}
/** Queue `archive-fast`. */
export interface PostFastActivities {
  /** Publishes the renditions and marks the post processed. */
  finishPost(request: PostRequest): Promise<void>;
  failPost(
    request: PostRequest & { step: 'queuingFailed' | 'processingFailed'; failure: string },
  ): Promise<void>;
}
/** Queue `archive`. */
export interface PostSlowActivities {
  /** Makes the completed upload the post's original, if it is media that we take. */
  takeSource(request: PostRequest): Promise<{ bytes: number }>;
  /** The same for an uploaded thumbnail or preview. */
  takeFile(request: PostRequest & { uploadId: number }): Promise<void>;
  /** Renditions, thumbnail and preview; heartbeats what it is at. */
  processPost(request: PostRequest): Promise<{ renditions: string[]; durationMs: number }>;
}
