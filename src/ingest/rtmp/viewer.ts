import type { Admission } from '../../domain/access-gate';
import type { CodedError } from '../../domain/errors';
import type { Feed, MediaTag, ViewerSink } from '../../media/contract';
import type { RtmpConnection } from './connection';
import type { SharedChunks } from './shared-chunks';

/** One RTMP player on a feed. The feed decides what it gets and drops to a key frame; its connection is the last bound. */
export class RtmpViewer implements ViewerSink {
  private leave: (() => void) | null = null;
  private unwatch: (() => void) | null = null;
  private ended = false;

  constructor(
    private readonly connection: RtmpConnection,
    private readonly streamId: number,
    private readonly chunks: SharedChunks,
  ) {}

  /** Tells the player that it plays, then hangs on the feed for as long as it may. */
  start(feed: Feed, admission: Admission): void {
    const { protocol } = this.connection;
    protocol.sendStreamEvent('begin', this.streamId);
    protocol.sendStatus(this.streamId, 'status', 'NetStream.Play.Reset', 'Playing and resetting stream.');
    protocol.sendStatus(this.streamId, 'status', 'NetStream.Play.Start', 'Started playing stream.');
    protocol.sendData(this.streamId, '|RtmpSampleAccess', false, false);
    const leave = feed.subscribe(this);
    // The feed may have closed us while it sent what it had.
    if (this.ended) return leave();
    this.leave = leave;
    this.unwatch = admission.watch((why) => this.refuse(why));
  }

  send(tag: MediaTag): number {
    if (this.ended) return 0;
    return this.connection.write(this.chunks.of(tag, this.streamId));
  }

  close(why: 'ended' | 'too_slow' | 'idle'): void {
    if (this.ended) return;
    this.gone();
    if (why === 'too_slow') return this.connection.destroy();
    const { protocol } = this.connection;
    protocol.sendStreamEvent('eof', this.streamId);
    protocol.sendStatus(this.streamId, 'status', 'NetStream.Play.UnpublishNotify', 'The stream has ended.');
    this.connection.finish();
  }

  /** It may not watch any longer. */
  private refuse(why: CodedError): void {
    if (this.ended) return;
    this.gone();
    this.connection.refusePlay(why);
  }

  /** The socket is gone, or we are done with it: the feed forgets us. */
  gone(): void {
    this.ended = true;
    this.leave?.();
    this.leave = null;
    this.unwatch?.();
    this.unwatch = null;
  }
}
