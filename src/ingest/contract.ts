import type { StreamKeyFacts } from '../workflows/messages';
import type { AccessGate } from '../domain/access-gate';
import type { LiveProfile } from '../domain/live-profile';
import type { OutputMode } from '../domain/output-mode';
import type { SessionEndReason } from '../domain/session-end-reason';
import type {
  StreamKeyIdentity,
  StreamKeyInput,
  PublishGrant,
  PublishRequest,
  UnpublishTell,
  ViewableTell,
} from '../workflows/messages';

/** What ingest needs of the rest, as ports, so that it can be tested with a real socket and nothing else. */

/** A stream key found by its keyed hash. */
export interface ResolvedKey extends StreamKeyIdentity {
  /** Of the secret that was looked up. */
  keyVersion: number;
  /** Its row, for a run of its workflow that this publish starts. */
  facts: StreamKeyFacts;
  /** The key's own mode, else null; and the app's. */
  keyMode: OutputMode | null;
  appMode: OutputMode;
  /** How its sessions are encoded: what the key, else its app chose, else the system's default. */
  profile: LiveProfile;
}

export interface KeyResolver {
  /** Null for an unknown key. Rejects with CodedError DATABASE_UNAVAILABLE. */
  resolve(streamKey: string): Promise<ResolvedKey | null>;
}

/** A fact for the key's workflow that must arrive: kept on disk until acknowledged. */
export type Tell = { key: StreamKeyIdentity } & (
  { kind: 'unpublish'; message: UnpublishTell } | { kind: 'viewable'; message: ViewableTell }
);

export interface ControlPlane {
  /** Update-with-Start. Rejects with CodedError: the workflow's refusal, or CONTROL_PLANE_UNAVAILABLE after `timeoutMs`. */
  publish(key: StreamKeyInput, request: PublishRequest, timeoutMs: number): Promise<PublishGrant>;
  /** Signal-with-Start. Rejects when it was not acknowledged within its own deadline. */
  tell(tell: Tell): Promise<void>;
  isReachable(): boolean;
}

/** Who may play what over RTMP; implemented by src/access. */
export type PlayGate = Pick<AccessGate, 'admitByToken'>;

/** What activities (cut, probe, lease) see of the node's sessions. */
export interface SessionRegistry {
  find(sessionId: string): LiveSession | null;
  /** Destroys the socket now; from this instant keys of `streamKeyId` below `minKeyVersion` are refused here. */
  cut(request: { sessionId: string; reason: SessionEndReason; streamKeyId: number; minKeyVersion: number }): {
    known: boolean;
  };
  list(): LiveSession[];
}

export interface LiveSession {
  readonly sessionId: string;
  /** 0 while its grant is on the way back from the control plane: a lease may come before it. */
  readonly epoch: number;
  /** Bytes received since accept, media and protocol. */
  readonly receivedBytes: number;
  /** Resolves once, after the pipeline has been closed. */
  readonly ended: Promise<{ reason: SessionEndReason; durationMs: number; bytes: number }>;
  /** A lease came or went; a session unled for 60 s ends (design.md section 3, "Leases"). */
  leaseChanged(led: boolean): void;
}
