import type { SessionEndReason } from '../../../src/domain/session-end-reason';

/** One connection at a media node, as the node sees it. */
export interface NodeSession {
  sessionId: string;
  nodeId: string;
  keyVersion: number;
  /** `gone`: the connection is over here; what was told of it may still be on its way. */
  state: 'asking' | 'publishing' | 'gone';
  epoch: number | null;
  viewable: boolean;
  /** Leases that follow it. */
  onGone: ((reason: SessionEndReason) => void)[];
}

export type TellUnpublish = (session: NodeSession, reason: SessionEndReason) => void;

/** What media nodes do with their connections, by the rules of design.md section 3. */
export class NodeActor {
  readonly sessions: NodeSession[] = [];

  constructor(private readonly tell: TellUnpublish) {}

  connect(nodeId: string, keyVersion: number): NodeSession {
    const sessionId = `s${this.sessions.length + 1}`;
    const session: NodeSession = {
      sessionId,
      nodeId,
      keyVersion,
      state: 'asking',
      epoch: null,
      viewable: false,
      onGone: [],
    };
    this.sessions.push(session);
    return session;
  }

  granted(session: NodeSession, epoch: number): void {
    if (session.state !== 'asking') return;
    session.state = 'publishing';
    session.epoch = epoch;
  }

  refused(session: NodeSession): void {
    if (session.state !== 'asking') return;
    session.state = 'gone';
    for (const gone of session.onGone) gone('connection_lost');
  }

  find(sessionId: string): NodeSession | undefined {
    return this.sessions.find((it) => it.sessionId === sessionId);
  }

  /** The connection ends, also while its publish is still being asked for: an unpublish always follows. */
  end(session: NodeSession, reason: SessionEndReason): void {
    if (session.state === 'gone') return;
    session.state = 'gone';
    this.tell(session, reason);
    for (const gone of session.onGone) gone(reason);
  }

  /** Told by the key to cut: refused for good, also when the session was never heard of. */
  cut(sessionId: string, reason: SessionEndReason): void {
    const session = this.find(sessionId);
    if (session) this.end(session, reason);
  }

  get alive(): NodeSession[] {
    return this.sessions.filter(({ state }) => state !== 'gone');
  }

  publishingOn(nodeId: string): NodeSession | undefined {
    return this.sessions.find((it) => it.nodeId === nodeId && it.state === 'publishing');
  }
}
