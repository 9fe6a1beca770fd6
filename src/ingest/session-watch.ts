import type { SessionEndReason } from '../domain/session-end-reason';
import type { IngestLimits } from './limits';
import { monotonicMs } from './monotonic';

/** A timer this late means that the process did not run. */
const OWN_STALL_MS = 1_000;

type WatchLimits = Pick<
  IngestLimits,
  'silenceWarnMs' | 'silenceCutMs' | 'firstMediaMs' | 'viewableMs' | 'unledMs' | 'watchTickMs'
>;

export interface Watched {
  lastReceivedAt(): number;
  controlPlaneReachable(): boolean;
  /** Told once a silence. */
  onSilent(ms: number): void;
  onExpired(reason: SessionEndReason): void;
}

/**
 * All deadlines of an accepted session on one timer and the monotonic clock. Silence is judged by received bytes alone:
 * a socket timeout would be refreshed by our own writes.
 */
export class SessionWatch {
  private readonly startedAt = monotonicMs();
  private readonly timer: NodeJS.Timeout;
  private lastTickAt = this.startedAt;
  private mediaSeen = false;
  private viewableSeen = false;
  private warned = false;
  private leases = 0;
  private unledForMs = 0;

  constructor(
    private readonly limits: WatchLimits,
    private readonly watched: Watched,
  ) {
    this.timer = setInterval(() => this.tick(), limits.watchTickMs);
  }

  get isViewable(): boolean {
    return this.viewableSeen;
  }

  mediaCame(): void {
    this.mediaSeen = true;
  }

  viewable(): void {
    this.viewableSeen = true;
  }

  /** `leases`: how many follow this session now. A retried lease may come before the one it replaces has gone. */
  leasesAre(leases: number): void {
    this.leases = leases;
    this.unledForMs = 0;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const now = monotonicMs();
    const elapsedMs = now - this.lastTickAt;
    this.lastTickAt = now;
    // It was us who stood still (a stopped process, a sleeping machine): what came meanwhile is not read yet.
    if (elapsedMs > this.limits.watchTickMs + OWN_STALL_MS) return;
    this.countUnled(elapsedMs);
    // Before the accept it was us who did not read.
    const silentMs = now - Math.max(this.watched.lastReceivedAt(), this.startedAt);
    const reason = this.expired(now - this.startedAt, silentMs);
    if (reason) {
      this.stop();
      return this.watched.onExpired(reason);
    }
    const silent = silentMs >= this.limits.silenceWarnMs;
    if (silent && !this.warned) this.watched.onSilent(silentMs);
    this.warned = silent;
  }

  /** Only time in which a lease could have come counts: while the control plane is away there is none. */
  private countUnled(elapsedMs: number): void {
    if (this.leases === 0 && this.watched.controlPlaneReachable()) this.unledForMs += elapsedMs;
  }

  private expired(ageMs: number, silentMs: number): SessionEndReason | null {
    const { limits } = this;
    if (!this.mediaSeen && ageMs >= limits.firstMediaMs) return 'no_media';
    if (silentMs >= limits.silenceCutMs) return 'stalled';
    if (!this.viewableSeen && ageMs >= limits.viewableMs) return 'not_viewable';
    // Nobody follows this session: to the control plane it is as lost as if its node had died.
    if (this.unledForMs >= limits.unledMs) return 'media_lost';
    return null;
  }
}
