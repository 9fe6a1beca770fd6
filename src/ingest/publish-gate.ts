import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError, ERRORS, type ErrorCode } from '../domain/errors';
import { resolveOutputMode } from '../domain/output-mode';
import type { SessionEndReason } from '../domain/session-end-reason';
import type { Logger } from '../logger';
import type { MediaPlane } from '../media/contract';
import type { PublishGrant } from '../workflows/messages';
import type { ControlPlane, KeyResolver, ResolvedKey } from './contract';
import { Deadline } from './deadline';
import type { IngestLimits } from './limits';
import { monotonicMs } from './monotonic';
import type { Outbox } from './outbox';
import { PublisherSession, type PublisherLink, type SessionWorld } from './publisher-session';
import type { PublishVerdict } from './rtmp/connection';
import { askedMode, isStreamName, type NamedQuery } from './rtmp/stream-address';
import type { SessionIds } from './session-ids';
import type { IngestSessions } from './session-registry';
import { WrongKeyLimiter } from './wrong-key-limiter';

export interface PublishAsk {
  link: PublisherLink;
  /** Whose attempts are counted. */
  address: string;
  application: NamedQuery;
  stream: NamedQuery;
}

export interface GateParts {
  media: MediaPlane;
  keyResolver: KeyResolver;
  controlPlane: ControlPlane;
  outbox: Outbox;
  sessions: IngestSessions;
  ids: SessionIds;
  world: SessionWorld;
  limits: IngestLimits;
  log: Logger;
}

/** What the issue names; the code beside it is for API callers. */
const UNAVAILABLE_TEXT = 'control_plane_unavailable';
/** What a session's end is called when its publish was never answered: the connection to the control plane was lost. */
const UNANSWERED: SessionEndReason = 'connection_lost';

/** Decides each publish. No byte of an encoder reaches anybody before its yes. */
export class PublishGate {
  private readonly wrongKeys: WrongKeyLimiter;
  private readonly deciding = new Set<Promise<PublishVerdict>>();
  private closed = false;

  constructor(private readonly parts: GateParts) {
    this.wrongKeys = new WrongKeyLimiter(parts.limits.wrongKeysPerMinute);
  }

  /** From now on every publish is refused. Resolves when those under way are decided, and taken back. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.deciding);
  }

  /** Never rejects: what can't be decided is a no. */
  async decide(ask: PublishAsk): Promise<PublishVerdict> {
    const verdict = this.verdict(ask);
    this.deciding.add(verdict);
    try {
      return await verdict;
    } finally {
      this.deciding.delete(verdict);
    }
  }

  private async verdict(ask: PublishAsk): Promise<PublishVerdict> {
    const askedAt = monotonicMs();
    try {
      const session = await this.admit(ask, new Deadline(this.parts.limits.gateMs));
      return { accepted: true, session };
    } catch (error) {
      const code = error instanceof CodedError ? error.code : 'INTERNAL_SERVER_ERROR';
      this.logRefusal(ask, code, error);
      if (code === 'STREAM_KEY_UNKNOWN') await this.slowDown(ask, askedAt);
      return { accepted: false, description: describe(code) };
    }
  }

  private logRefusal({ address }: PublishAsk, code: ErrorCode, error: unknown): void {
    const { log } = this.parts;
    if (ERRORS[code].fault === 'caller') log.info({ address, code }, 'publish refused');
    else log.warn({ address, code, err: error }, 'publish refused: it is us');
  }

  /** Malformed, unknown and one too many: the same answer after the same time. */
  private async slowDown({ address, stream }: PublishAsk, askedAt: number): Promise<void> {
    this.wrongKeys.wrong(address, stream.name);
    await sleep(Math.max(0, askedAt + this.parts.limits.wrongKeyAnswerMs - monotonicMs()));
  }

  private async admit(ask: PublishAsk, deadline: Deadline): Promise<PublisherSession> {
    this.requireRoom();
    const key = await this.resolveKey(ask, deadline);
    const mode = resolveOutputMode(askedMode(ask.application, ask.stream), key.keyMode, key.appMode);
    if (!mode) throw new CodedError('OUTPUT_MODE_UNKNOWN');
    const holder = this.requireFreeKey(key.streamKeyId);
    const { ids, sessions, world } = this.parts;
    const identity = { ...ids.next(), key, mode };
    const session = new PublisherSession(identity, ask.link, world);
    sessions.entered(session);
    try {
      await this.ask(session, ask.link, holder, deadline);
      return session;
    } catch (error) {
      session.refused(UNANSWERED);
      throw error;
    }
  }

  private requireRoom(): void {
    if (this.closed) throw new CodedError('NODE_FULL');
    const full = this.parts.outbox.isFull ? 'NODE_FULL' : this.parts.media.admission();
    if (full) throw new CodedError(full);
  }

  private async resolveKey(ask: PublishAsk, deadline: Deadline): Promise<ResolvedKey> {
    const { name } = ask.stream;
    if (!isStreamName(name) || this.wrongKeys.isBlocked(ask.address))
      throw new CodedError('STREAM_KEY_UNKNOWN');
    const key = await deadline.within(this.parts.keyResolver.resolve(name));
    if (!key) throw new CodedError('STREAM_KEY_UNKNOWN');
    this.requireVersion(key);
    return key;
  }

  private requireVersion(key: ResolvedKey): void {
    if (key.keyVersion < this.parts.sessions.minKeyVersion(key.streamKeyId))
      throw new CodedError('STREAM_KEY_ROTATED');
  }

  /** The holder that this publish may supersede, since it is silent; null where there is none. */
  private requireFreeKey(streamKeyId: number): PublisherSession | null {
    const { sessions, limits } = this.parts;
    const holder = sessions.holderOf(streamKeyId);
    const advances = holder !== null && holder.silentForMs() < limits.takeoverSilenceMs;
    if (advances || sessions.isAsking(streamKeyId)) throw new CodedError('STREAM_KEY_BUSY');
    return holder;
  }

  private async ask(
    session: PublisherSession,
    link: PublisherLink,
    holder: PublisherSession | null,
    deadline: Deadline,
  ): Promise<void> {
    const { key, sessionId, nodeId, mode } = session.identity;
    // Tells that wait mean that the control plane is away, or would be asked with the key's past unknown to it.
    const delivered = await this.parts.outbox.deliverPending(key.streamKeyId, deadline.leftMs);
    if (!delivered) throw new CodedError('CONTROL_PLANE_UNAVAILABLE');
    const supersedes = holder?.sessionId ?? null;
    const request = { sessionId, nodeId, mode, keyVersion: key.keyVersion, supersedes };
    let grant: PublishGrant;
    try {
      const answer = this.parts.controlPlane.publish(key, request, deadline.leftMs);
      grant = await deadline.within(answer);
    } catch (error) {
      // Without a clear no, the yes may still be on its way: it is taken back.
      if (!isClearNo(error)) this.takeBack(session, null, UNANSWERED);
      throw error;
    }
    this.open(session, link, grant, holder);
  }

  private open(
    session: PublisherSession,
    link: PublisherLink,
    grant: PublishGrant,
    holder: PublisherSession | null,
  ): void {
    try {
      const cut = session.endReason ?? this.parts.sessions.cutReason(session.sessionId);
      if (cut) throw new CodedError('SESSION_ENDED');
      this.requireVersion(session.identity.key);
      if (!link.alive || this.closed) throw new CodedError('SESSION_ENDED');
      holder?.end('taken_over');
      session.accept(grant);
    } catch (error) {
      const cut = session.endReason ?? this.parts.sessions.cutReason(session.sessionId);
      this.takeBack(session, grant.epoch, cut ?? (this.closed ? 'shutdown' : link.lostReason));
      throw error;
    }
  }

  private takeBack(session: PublisherSession, epoch: number | null, reason: SessionEndReason): void {
    const message = { sessionId: session.sessionId, epoch, reason };
    this.parts.world.tell({ kind: 'unpublish', key: session.identity.key, message });
  }
}

/** A refusal of the workflow is clear; everything that says "later" or "broken" is not. */
function isClearNo(error: unknown): boolean {
  return error instanceof CodedError && ERRORS[error.code].fault === 'caller';
}

/** The code's own words: an error's details (hosts, ports) are for our log, not for strangers. */
function describe(code: ErrorCode): string {
  return `${code === 'CONTROL_PLANE_UNAVAILABLE' ? UNAVAILABLE_TEXT : code}: ${ERRORS[code].message}`;
}
