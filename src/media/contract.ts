import type { LiveProfile } from '../domain/live-profile';
import type { OutputMode } from '../domain/output-mode';
import type { SessionEndReason } from '../domain/session-end-reason';

/** The seam between ingest (which owns sockets) and media (which owns files and processes). */

/** One FLV tag as the encoder sent it. `payload` is ours to keep: it is never reused by the parser. */
export interface MediaTag {
  kind: 'audio' | 'video' | 'script';
  /** Unsigned, wrap-free milliseconds on the session's own clock (extended by ingest past 2^32). */
  timestampMs: number;
  payload: Buffer;
  isKeyFrame: boolean;
  /** AVCDecoderConfigurationRecord or AudioSpecificConfig. */
  isSequenceHeader: boolean;
}

export interface SessionFacts {
  sessionId: string;
  nodeId: string;
  appId: number;
  memberId: number;
  streamKeyId: number;
  keyVersion: number;
  epoch: number;
  mode: OutputMode;
  /** How it is encoded where its mode has CMAF. Absent: the system's default. */
  profile?: LiveProfile;
  /** Unguessable; what the owner's preview URLs carry. */
  previewName: string;
  /** ISO 8601, wall clock at accept. */
  startedAt: string;
}

/** The live broadcast that a resumed session continues. */
export interface BroadcastRef {
  playbackName: string;
  goLiveAt: string;
}

export interface PipelineEvents {
  /** Every output of the session's mode can be played; told once. */
  onViewable(): void;
  /** The pipeline can not go on although the session could (ffmpeg died too often, disk full). */
  onBroken(why: string): void;
}

/** Recorder, packager and viewers of one publisher session. */
export interface SessionPipeline {
  /** Never throws and never blocks: each consumer has a bounded queue of its own. */
  write(tag: MediaTag): void;
  /** Ends all consumers in order (recorder flushed, ffmpeg's stdin closed, last segments written). Safe twice. */
  end(reason: SessionEndReason): Promise<SessionSummary>;
}

export interface SessionSummary {
  sessionId: string;
  reason: SessionEndReason;
  durationMs: number;
  bytes: number;
}

/** A session that an older boot left open, closed from disk now. */
export interface SalvagedSession extends SessionFacts {
  summary: SessionSummary;
}

/** A viewer's socket, RTMP or HTTP-FLV. */
export interface ViewerSink {
  /** Gets whole tags with rebased timestamps. Returns the bytes still queued, so that the feed can drop to a key frame. */
  send(tag: MediaTag): number;
  close(why: 'ended' | 'too_slow' | 'idle'): void;
}

/** What viewers of one playback name hang on: a preview, or a broadcast over all its sessions. */
export interface Feed {
  mode: OutputMode;
  /** Sequence headers and GOP cache come first. Returns the end of the subscription. */
  subscribe(viewer: ViewerSink): () => void;
}

/** What src/ingest and src/activities see of src/media. */
export interface MediaPlane {
  /** Null when new publishes are welcome, else why not. */
  admission(): 'DISK_FULL' | 'NODE_FULL' | null;
  openSession(facts: SessionFacts, broadcast: BroadcastRef | null, events: PipelineEvents): SessionPipeline;
  /** Finds a feed by preview or public name; null for a name that is not ours, or that has no RTMP output. */
  feed(name: string): Feed | null;
  /** Opens the public broadcast on a running session. The first call wins; safe to repeat. */
  openBroadcast(request: {
    playbackName: string;
    sessionId: string;
    goLiveAt: string;
  }): Promise<{ goLiveAt: string }>;
  /** Writes the end mark and closes viewers. Works from disk after a restart; safe to repeat. */
  closeBroadcast(request: {
    playbackName: string;
    endedAt: string;
  }): Promise<{ segments: number; durationMs: number }>;
  /** The summary of an ended session, from memory or disk; null where it was never here. */
  summaryOf(sessionId: string): Promise<SessionSummary | null>;
  /** Run at boot, before anything listens: closes what an older boot left and reopens timelines. */
  salvage(): Promise<SalvagedSession[]>;
  close(): Promise<void>;
}
