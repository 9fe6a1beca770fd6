import { CodedError } from '../domain/errors';
import type { OutputMode } from '../domain/output-mode';
import type { SessionEndReason } from '../domain/session-end-reason';
import type { Logger } from '../logger';
import type { MediaPlane, SessionPipeline } from '../media/contract';
import type { PublishGrant } from '../workflows/messages';
import type { LiveSession, ResolvedKey, Tell } from './contract';
import type { IngestLimits } from './limits';
import { monotonicMs } from './monotonic';
import type { RtmpMedia } from './rtmp/protocol';
import { SessionWatch } from './session-watch';
import { TagReader, UnsupportedCodecError } from './tag-reader';

/** The connection as its session sees it. */
export interface PublisherLink {
  readonly receivedBytes: number;
  /** On the monotonic clock. */
  readonly lastReceivedAt: number;
  readonly alive: boolean;
  /** Why the connection is gone, once it is. */
  readonly lostReason: SessionEndReason;
  /** Tells the encoder why, then ends the connection. */
  dismiss(code: string, description: string): void;
  destroy(): void;
}

export interface SessionIdentity {
  sessionId: string;
  nodeId: string;
  key: ResolvedKey;
  mode: OutputMode;
  previewName: string;
}

export interface SessionWorld {
  media: MediaPlane;
  limits: IngestLimits;
  log: Logger;
  tell(tell: Tell): void;
  controlPlaneReachable(): boolean;
  onAccepted(session: PublisherSession): void;
  /** From here on the key is free again; the pipeline may still be closing. */
  onLeft(session: PublisherSession): void;
  onEnded(session: PublisherSession): void;
}

/** `pending`: the control plane is being asked. `accepted`: media flows. `ending`: the pipeline closes. */
type State = 'pending' | 'accepted' | 'ending' | 'ended';
type Outcome = { reason: SessionEndReason; durationMs: number; bytes: number };

/** One publish, from the question whether it may to the end of its pipeline. Ends exactly once, with a reason. */
export class PublisherSession implements LiveSession {
  readonly ended: Promise<Outcome>;
  private resolveEnded!: (outcome: Outcome) => void;
  private state: State = 'pending';
  private reason: SessionEndReason | null = null;
  private grantedEpoch = 0;
  private acceptedAt = 0;
  private bytesBefore = 0;
  private pipeline: SessionPipeline | null = null;
  private watch: SessionWatch | null = null;
  private leases = 0;
  private readonly tags = new TagReader();
  private readonly log: Logger;

  constructor(
    readonly identity: SessionIdentity,
    private readonly link: PublisherLink,
    private readonly world: SessionWorld,
  ) {
    this.ended = new Promise((resolve) => (this.resolveEnded = resolve));
    const { sessionId, key } = identity;
    this.log = world.log.child({ sessionId, streamKeyId: key.streamKeyId });
  }

  get sessionId(): string {
    return this.identity.sessionId;
  }

  get streamKeyId(): number {
    return this.identity.key.streamKeyId;
  }

  get epoch(): number {
    return this.grantedEpoch;
  }

  get receivedBytes(): number {
    return this.state === 'pending' ? 0 : this.link.receivedBytes - this.bytesBefore;
  }

  get isPending(): boolean {
    return this.state === 'pending';
  }

  /** Why it ended; null while it has not. */
  get endReason(): SessionEndReason | null {
    return this.reason;
  }

  silentForMs(): number {
    return monotonicMs() - this.link.lastReceivedAt;
  }

  leaseChanged(led: boolean): void {
    // A lease may come before the grant that called for it.
    this.leases = Math.max(0, this.leases + (led ? 1 : -1));
    this.watch?.leasesAre(this.leases);
  }

  /** The yes: opens the pipeline. Throws SESSION_ENDED, or what the media plane throws; nothing was opened then. */
  accept(grant: PublishGrant): void {
    if (this.state !== 'pending') throw new CodedError('SESSION_ENDED');
    const { key, sessionId, nodeId, mode, previewName } = this.identity;
    const facts = {
      sessionId,
      nodeId,
      mode,
      previewName,
      appId: key.appId,
      memberId: key.memberId,
      streamKeyId: key.streamKeyId,
      keyVersion: key.keyVersion,
      epoch: grant.epoch,
      profile: key.profile,
      startedAt: new Date().toISOString(),
    };
    const broadcast = grant.room && { playbackName: grant.room.playbackName, goLiveAt: grant.room.goLiveAt };
    this.pipeline = this.world.media.openSession(facts, broadcast, {
      onViewable: () => this.onViewable(),
      onBroken: (why) => this.onBroken(why),
    });
    this.state = 'accepted';
    this.grantedEpoch = grant.epoch;
    this.acceptedAt = monotonicMs();
    this.bytesBefore = this.link.receivedBytes;
    this.watch = this.startWatch();
    this.watch.leasesAre(this.leases);
    this.world.onAccepted(this);
    this.log.info({ epoch: grant.epoch, mode, resumed: broadcast !== null }, 'publish accepted');
  }

  /** One message of the encoder. Throws RtmpProtocolError for broken media, which ends the connection. */
  media(message: RtmpMedia): void {
    if (this.state !== 'accepted' || !this.pipeline) return;
    try {
      const tag = this.tags.read(message);
      if (!tag) return;
      if (tag.kind !== 'script') this.watch?.mediaCame();
      this.pipeline.write(tag);
    } catch (error) {
      if (!(error instanceof UnsupportedCodecError)) throw error;
      this.log.warn({ codec: error.codec }, 'codec refused');
      this.link.dismiss('NetStream.Publish.Rejected', `${error.code}: ${error.message}`);
      this.end('protocol_error');
    }
  }

  /** The no: the encoder is told by whoever decided. */
  refused(reason: SessionEndReason): void {
    if (this.state !== 'pending') return;
    this.state = 'ended';
    this.reason = reason;
    this.settle({ reason, durationMs: 0, bytes: 0 });
  }

  /** Ends it with the first reason told. The tell goes first, and the pipeline is flushed beside it. */
  end(reason: SessionEndReason): void {
    if (this.state === 'pending') {
      this.refused(reason);
      return this.link.destroy();
    }
    if (this.state !== 'accepted') return;
    this.state = 'ending';
    this.reason = reason;
    this.watch?.stop();
    this.world.onLeft(this);
    const message = { sessionId: this.sessionId, epoch: this.grantedEpoch, reason };
    this.world.tell({ kind: 'unpublish', key: this.identity.key, message });
    if (reason !== 'client_closed' && reason !== 'protocol_error') this.link.destroy();
    this.log.info({ reason, bytes: this.receivedBytes }, 'ingest session ended');
    void this.closePipeline(reason);
  }

  private async closePipeline(reason: SessionEndReason): Promise<void> {
    let outcome: Outcome = { reason, durationMs: monotonicMs() - this.acceptedAt, bytes: this.receivedBytes };
    try {
      const { durationMs, bytes } = (await this.pipeline?.end(reason)) ?? outcome;
      outcome = { reason, durationMs, bytes };
    } catch (error) {
      this.log.error({ err: error }, 'the pipeline did not close cleanly');
    }
    this.state = 'ended';
    this.settle(outcome);
  }

  private settle(outcome: Outcome): void {
    this.resolveEnded(outcome);
    this.world.onEnded(this);
  }

  private startWatch(): SessionWatch {
    return new SessionWatch(this.world.limits, {
      lastReceivedAt: () => this.link.lastReceivedAt,
      controlPlaneReachable: () => this.world.controlPlaneReachable(),
      onSilent: (ms) => this.log.warn({ silentMs: Math.round(ms) }, 'the encoder is silent'),
      onExpired: (reason) => this.end(reason),
    });
  }

  private onViewable(): void {
    if (this.state !== 'accepted' || this.watch?.isViewable) return;
    this.watch?.viewable();
    const message = { sessionId: this.sessionId, epoch: this.grantedEpoch };
    this.world.tell({ kind: 'viewable', key: this.identity.key, message });
    this.log.info({ afterMs: Math.round(monotonicMs() - this.acceptedAt) }, 'viewable');
  }

  private onBroken(why: string): void {
    this.log.error({ why }, 'the pipeline broke');
    this.end('media_lost');
  }
}
