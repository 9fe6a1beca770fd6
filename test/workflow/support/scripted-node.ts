import { createLease } from '../../../src/activities/lease';
import type { ControlActivities, LeaseActivities } from '../../../src/activities/types';
import type { SessionEndReason } from '../../../src/domain/session-end-reason';
import type { LiveSession, SessionRegistry } from '../../../src/ingest/contract';
import type { MediaPlane, SessionSummary } from '../../../src/media/contract';
import type { TemporalControlPlane } from '../../../src/temporal/control-plane';
import type { PublishGrant, PublishRequest } from '../../../src/workflows/messages';
import type { Member } from './world';

interface Ended {
  reason: SessionEndReason;
  durationMs: number;
  bytes: number;
}

/** A session as a media node holds it, moved by the test instead of by an encoder. */
export class ScriptedSession implements LiveSession {
  receivedBytes = 0;
  readonly ended: Promise<Ended>;
  end!: (reason: SessionEndReason) => void;
  led = false;
  /** Once the key has granted it. */
  grant!: PublishGrant;

  constructor(readonly sessionId: string) {
    this.ended = new Promise((done) => {
      this.end = (reason) => done({ reason, durationMs: 1, bytes: 1 });
    });
  }

  get epoch(): number {
    return this.grant.epoch;
  }

  leaseChanged(led: boolean): void {
    this.led = led;
  }
}

/** The port between workflows and a media node, played by the test: sessions without sockets. */
export class ScriptedNode {
  private sessions = new Map<string, ScriptedSession>();
  private summaries = new Map<string, SessionSummary>();
  private counter = 0;
  readonly cuts: string[] = [];
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  /** When false, a cut only notes that it was asked: the tells stay the test's business. */
  endsOnCut = true;
  /** What a probe finds: do bytes advance? */
  advancing = true;
  readonly packageStream: LeaseActivities['packageStream'];
  readonly control: ControlActivities;

  constructor(
    readonly nodeId: string,
    private readonly plane: TemporalControlPlane,
  ) {
    const registry = { find: (id: string) => this.sessions.get(id) ?? null } as SessionRegistry;
    const media = { summaryOf: async (id: string) => this.summaries.get(id) ?? null } as MediaPlane;
    this.packageStream = createLease({ registry, media });
    this.control = {
      cutPublisher: async ({ sessionId, reason }) => {
        this.cuts.push(sessionId);
        const known = this.sessions.has(sessionId);
        if (known && this.endsOnCut) this.drop(sessionId, reason);
        return { known };
      },
      probeSession: async ({ sessionId }) => ({
        known: this.sessions.has(sessionId),
        advancing: this.advancing,
      }),
      openBroadcast: async ({ playbackName, goLiveAt }) => {
        this.opened.push(playbackName);
        return { goLiveAt };
      },
      closeBroadcast: async ({ playbackName }) => {
        this.closed.push(playbackName);
        return { segments: 1, durationMs: 1000 };
      },
    };
  }

  nextSessionId = (): string => `${this.nodeId}-${++this.counter}`;

  request = (member: Member, more: Partial<PublishRequest> = {}): PublishRequest => ({
    sessionId: this.nextSessionId(),
    nodeId: this.nodeId,
    keyVersion: member.key.keyVersion,
    mode: 'RTMP',
    supersedes: null,
    ...more,
  });

  async publish(member: Member, more: Partial<PublishRequest> = {}): Promise<ScriptedSession> {
    const request = this.request(member, more);
    const session = new ScriptedSession(request.sessionId);
    // As the real node does: the lease may come before the answer.
    this.sessions.set(request.sessionId, session);
    try {
      session.grant = await this.plane.publish(member.key, request, 5_000);
      return session;
    } catch (error) {
      this.sessions.delete(request.sessionId);
      throw error;
    }
  }

  /** Publish and the first key frame. */
  async stream(member: Member): Promise<ScriptedSession> {
    const session = await this.publish(member);
    await this.viewable(member, session);
    return session;
  }

  viewable = (member: Member, { sessionId, epoch }: ScriptedSession): Promise<void> =>
    this.plane.tell({ kind: 'viewable', key: member.key, message: { sessionId, epoch } });

  unpublish = (
    member: Member,
    session: Pick<ScriptedSession, 'sessionId'> & { epoch: number | null },
    reason: SessionEndReason = 'client_closed',
  ) =>
    this.plane.tell({
      kind: 'unpublish',
      key: member.key,
      message: { sessionId: session.sessionId, epoch: session.epoch, reason },
    });

  /** The session ends on the node and its lease returns; the tell is separate. */
  drop(sessionId: string, reason: SessionEndReason): void {
    this.summaries.set(sessionId, { sessionId, reason, durationMs: 1, bytes: 1 });
    this.sessions.get(sessionId)?.end(reason);
    this.sessions.delete(sessionId);
  }

  async stop(
    member: Member,
    session: ScriptedSession,
    reason: SessionEndReason = 'client_closed',
  ): Promise<void> {
    this.drop(session.sessionId, reason);
    await this.unpublish(member, session, reason);
  }

  endAll(): void {
    for (const id of [...this.sessions.keys()]) this.drop(id, 'shutdown');
  }
}
