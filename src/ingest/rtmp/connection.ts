import type { Socket } from 'node:net';
import type { Logger } from '../../logger';
import type { Admission } from '../../domain/access-gate';
import { CodedError } from '../../domain/errors';
import type { SessionEndReason } from '../../domain/session-end-reason';
import type { IngestLimits } from '../limits';
import { monotonicMs } from '../monotonic';
import type { PublisherLink, PublisherSession } from '../publisher-session';
import { AcknowledgementWindow } from './acknowledgement-window';
import { CommandHandler } from './command-handler';
import { NmsProtocol } from './nms-protocol';
import type { RtmpMessage, RtmpProtocol } from './protocol';
import { RtmpProtocolError } from './protocol-error';
import type { NamedQuery } from './stream-address';
import type { RtmpViewer } from './viewer';

/** What a connection does next, asked of the server that owns it. */
export interface ConnectionHost {
  /** Answers once; the connection waits with its socket paused. */
  publish(connection: RtmpConnection, application: NamedQuery, stream: NamedQuery): Promise<PublishVerdict>;
  /**
   * Whether that name may be played; null where there is none. Throws or rejects with a CodedError for who may not watch.
   * Where that has to be looked up, the connection waits with its socket paused.
   */
  admit(asked: PlayRequest): Admission | null | Promise<Admission | null>;
  /** The viewer that now hangs on the feed of that name, or null where it is gone. */
  play(connection: RtmpConnection, asked: PlayRequest, admission: Admission): RtmpViewer | null;
}

export interface PlayRequest {
  /** Empty for what is no name of ours. */
  name: string;
  /** The streaming token, where one came. */
  token: string | null;
  /** The player's message stream. */
  streamId: number;
}

export type PublishVerdict =
  { accepted: true; session: PublisherSession } | { accepted: false; description: string };

/**
 * - `greeting`: until `connect`; `connected`: no role yet
 * - `deciding`: a publish or a play waits for its verdict, the socket is paused
 * - `publishing`, `playing`: the one role of this connection
 * - `closing`: a last text is on its way out, what comes in is thrown away; `closed`
 */
type Phase = 'greeting' | 'connected' | 'deciding' | 'publishing' | 'playing' | 'closing' | 'closed';

/** One RTMP client: its socket, its parser, its exception barrier. Owns the socket and all its timers. */
export class RtmpConnection implements PublisherLink {
  receivedBytes = 0;
  lastReceivedAt = monotonicMs();
  readonly protocol: RtmpProtocol;
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;
  /** The peer's message stream that has the role; 0 before. */
  private streamId = 0;
  private phase: Phase = 'greeting';
  private session: PublisherSession | null = null;
  private viewer: RtmpViewer | null = null;
  private failure: SessionEndReason | null = null;
  private timer: NodeJS.Timeout;
  private readonly queue: RtmpMessage[] = [];
  private queuedBytes = 0;
  private merging = false;
  private readonly window: AcknowledgementWindow;
  private readonly commands: CommandHandler;

  constructor(
    readonly socket: Socket,
    readonly address: string,
    private readonly host: ConnectionHost,
    readonly limits: IngestLimits,
    private readonly log: Logger,
  ) {
    this.protocol = new NmsProtocol(limits, {
      onMessage: (message) => this.onMessage(message),
      onOutput: (bytes) => this.write(bytes),
      onAcknowledgementWindow: (bytes) => this.window.resize(bytes),
    });
    this.window = new AcknowledgementWindow((total) => this.protocol.sendAcknowledgement(total));
    this.commands = new CommandHandler(this);
    this.timer = setTimeout(() => this.breakOff('no publish and no play in time'), limits.roleDeadlineMs);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (bytes) => this.onData(bytes));
    socket.on('end', () => this.onEnd());
    socket.on('error', (error) => this.onSocketError(error));
    socket.on('close', () => this.onClose());
  }

  get alive(): boolean {
    return this.phase !== 'closing' && this.phase !== 'closed' && !this.socket.destroyed;
  }

  /** Sends a refusal, then destroys the socket once it is out, or after `refusalFlushMs`. */
  dismiss(code: string, description: string): void {
    if (!this.alive) return;
    this.protocol.sendStatus(this.streamId, 'error', code, description);
    this.finish();
  }

  /** Ends what was written so far, then the socket. What still comes in is read and thrown away, so that no reset overtakes our text. */
  finish(): void {
    if (!this.alive) return;
    this.phase = 'closing';
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.destroy(), this.limits.refusalFlushMs);
    this.socket.end();
    this.socket.resume();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** An orderly stop: players are told, the rest just ends. */
  shutDown(): void {
    if (this.viewer) this.viewer.close('ended');
    else this.destroy();
  }

  /** Raw bytes to the peer, for viewers. Returns what is still queued. */
  write(bytes: Buffer): number {
    if (!this.alive) return 0;
    if (this.phase === 'playing') this.mergeWrites();
    this.socket.write(bytes);
    const queued = this.socket.writableLength;
    const { maxViewerQueueBytes, maxReplyQueueBytes } = this.limits;
    if (queued > (this.phase === 'playing' ? maxViewerQueueBytes : maxReplyQueueBytes)) {
      this.breakOff('the peer does not read what it is sent');
    }
    return queued;
  }

  /** All tags of one read of the publisher become one write to each viewer: fan-out is paid per write. */
  private mergeWrites(): void {
    if (this.merging) return;
    this.merging = true;
    this.socket.cork();
    process.nextTick(() => {
      this.merging = false;
      this.socket.uncork();
    });
  }

  // ---- called by the command handler --------------------------------------------------------------

  connected(): void {
    if (this.phase !== 'greeting') throw new RtmpProtocolError('connect came twice');
    this.phase = 'connected';
  }

  requireNoRole(): void {
    if (this.phase !== 'connected') throw new RtmpProtocolError('a connection has one role, after connect');
  }

  /** The peer said that it stops; `streamId` where it said with which of its streams. */
  goodbye(streamId: number | null): void {
    if (streamId !== null && streamId !== this.streamId) return;
    this.session?.end('client_closed');
    if (this.phase === 'publishing' || this.phase === 'playing') this.finish();
  }

  beginPlay(asked: PlayRequest): void {
    clearTimeout(this.timer);
    this.phase = 'deciding';
    this.streamId = asked.streamId;
    try {
      const admission = this.host.admit(asked);
      if (!(admission instanceof Promise)) return this.onAdmission(asked, admission);
      this.socket.pause();
      admission.then(
        (it) => this.guard(() => this.onAdmission(asked, it)),
        (error: unknown) => this.onPlayRefused(error),
      );
    } catch (error) {
      this.onPlayRefused(error);
    }
  }

  /** Tells a player why it may not watch, or not any longer, then ends its connection. */
  refusePlay(why: CodedError): void {
    this.dismiss('NetStream.Play.Failed', `${why.code}: ${why.message}`);
  }

  beginPublish(application: NamedQuery, stream: NamedQuery, streamId: number): void {
    clearTimeout(this.timer);
    this.phase = 'deciding';
    this.streamId = streamId;
    this.protocol.expectMedia();
    this.socket.pause();
    this.host.publish(this, application, stream).then(
      (verdict) => this.guard(() => this.onVerdict(verdict)),
      (error: unknown) => this.onBroken(error),
    );
  }

  // ---- the socket ---------------------------------------------------------------------------------

  private onData(bytes: Buffer): void {
    this.receivedBytes += bytes.length;
    this.lastReceivedAt = monotonicMs();
    if (!this.alive) return;
    this.guard(() => {
      this.window.received(bytes.length);
      this.protocol.receive(bytes);
    });
  }

  /** The exception barrier: whatever a peer makes us throw ends its own connection and nothing else. */
  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof RtmpProtocolError) this.breakOff(error.message);
      else this.onBroken(error);
    }
  }

  private breakOff(why: string): void {
    this.log.info({ address: this.address, why }, 'RTMP connection broken off');
    this.fail();
  }

  private onBroken(error: unknown): void {
    this.log.error({ address: this.address, err: error }, 'RTMP connection failed');
    this.fail();
  }

  private fail(): void {
    this.failure ??= 'protocol_error';
    this.session?.end('protocol_error');
    this.destroy();
  }

  private onGone(reason: SessionEndReason): void {
    this.failure ??= reason;
    this.session?.end(reason);
  }

  /** The peer closed its half: nothing more will come, and what we still had to say has a bounded time. */
  private onEnd(): void {
    this.onGone('client_closed');
    this.viewer?.gone();
    this.finish();
  }

  private onSocketError(error: NodeJS.ErrnoException): void {
    this.log.debug({ address: this.address, code: error.code }, 'RTMP socket error');
    this.onGone('connection_lost');
  }

  private onClose(): void {
    this.phase = 'closed';
    clearTimeout(this.timer);
    this.queue.length = 0;
    this.session?.end(this.failure ?? 'connection_lost');
    this.viewer?.gone();
  }

  /** Why the socket is gone, for a session that was granted too late. */
  get lostReason(): SessionEndReason {
    return this.failure ?? 'connection_lost';
  }

  // ---- messages -----------------------------------------------------------------------------------

  private onMessage(message: RtmpMessage): void {
    if (!this.alive) return;
    if (this.phase === 'deciding') return this.enqueue(message);
    if (message.kind === 'command') return this.commands.handle(message);
    if (this.phase !== 'publishing' || !this.session)
      throw new RtmpProtocolError('media without an accepted publish');
    this.session.media(message);
  }

  private onAdmission(asked: PlayRequest, admission: Admission | null): void {
    if (!this.alive) return;
    this.phase = 'playing';
    this.viewer = admission && this.host.play(this, asked, admission);
    if (!this.viewer) return this.dismiss('NetStream.Play.StreamNotFound', 'There is no such stream.');
    for (const message of this.queue.splice(0)) this.onMessage(message);
    this.socket.resume();
  }

  private onPlayRefused(error: unknown): void {
    if (error instanceof CodedError) this.refusePlay(error);
    else this.onBroken(error);
  }

  private enqueue(message: RtmpMessage): void {
    this.queuedBytes += message.kind === 'command' ? message.bytes : message.payload.length;
    const full =
      this.queue.length >= this.limits.maxQueuedMessages || this.queuedBytes > this.limits.maxQueuedBytes;
    if (full) throw new RtmpProtocolError('too much was sent before the verdict on the publish');
    this.queue.push(message);
  }

  private onVerdict(verdict: PublishVerdict): void {
    if (!verdict.accepted) return this.dismiss('NetStream.Publish.BadName', verdict.description);
    this.session = verdict.session;
    this.phase = 'publishing';
    this.commands.announcePublish(this.streamId);
    for (const message of this.queue.splice(0)) this.onMessage(message);
    this.socket.resume();
  }
}
