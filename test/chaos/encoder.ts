import { spawn, type ChildProcess } from 'node:child_process';
import type { Dice } from '../fuzz/dice';
import { HeldLine, type HoldAt } from './held-line';

/** OBS waits 2 s before it connects again, and longer each time; a run throws between these. */
const RECONNECT_MIN_MS = 1_000;
const RECONNECT_SPREAD_MS = 1_500;
const TAIL_CHARS = 2_000;

/** One connection of the encoder, as it saw it. Times by the wall clock. */
export interface EncoderSession {
  startedAt: number;
  endedAt: number | null;
  /** What had been sent, by ffmpeg's own account: milliseconds of media. */
  samples: { at: number; outMs: number }[];
  line: HeldLine | null;
}

/** A real ffmpeg that sends a clip in real time, without encoding, and reconnects as OBS does until it is told to stop. */
export class Encoder {
  readonly sessions: EncoderSession[] = [];
  private child: ChildProcess | null = null;
  private gone: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | null = null;
  private state: 'stopped' | 'running' = 'stopped';
  private tail = '';

  constructor(private readonly options: { url: string; secret: string; clip: string; dice: Dice }) {}

  get isRunning(): boolean {
    return this.state === 'running';
  }

  get line(): HeldLine | null {
    return this.sessions.at(-1)?.line ?? null;
  }

  /** Milliseconds of media that the newest connection has sent. */
  get sentMs(): number {
    return this.sessions.at(-1)?.samples.at(-1)?.outMs ?? 0;
  }

  /** What ffmpeg said, without the stream key. */
  get said(): string {
    return this.tail.replaceAll(this.options.secret, '<stream key>');
  }

  /** Only the first connection is held; a later one goes straight to the server. */
  async start(holdAt: HoldAt | null): Promise<void> {
    this.state = 'running';
    this.publish(holdAt ? await HeldLine.start(this.options.url, holdAt) : null);
  }

  /** Whoever streams presses stop, or its machine loses power (SIGKILL). Resolves when it is gone; safe twice. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.state = 'stopped';
    if (this.timer) clearTimeout(this.timer);
    this.child?.kill(signal);
    await this.gone;
  }

  private publish(line: HeldLine | null): void {
    const { url, clip, dice } = this.options;
    const session: EncoderSession = { startedAt: Date.now(), endedAt: null, samples: [], line };
    this.sessions.push(session);
    const args = ['-nostdin', '-v', 'error', '-progress', 'pipe:1', '-stats_period', '0.1'];
    args.push('-re', '-stream_loop', '-1', '-i', clip, '-c', 'copy', '-f', 'flv', line?.through(url) ?? url);
    const child = spawn('ffmpeg', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      for (const [, us] of text.matchAll(/^out_time_us=(\d+)$/gm))
        session.samples.push({ at: Date.now(), outMs: Number(us) / 1_000 });
    });
    child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (this.tail = (this.tail + text).slice(-TAIL_CHARS)));
    this.gone = new Promise((resolve) => {
      child.once('close', () => {
        session.endedAt = Date.now();
        line?.close();
        this.child = null;
        const waitMs = RECONNECT_MIN_MS + dice.below(RECONNECT_SPREAD_MS);
        if (this.state === 'running') this.timer = setTimeout(() => this.publish(null), waitMs);
        resolve();
      });
    });
  }
}

/** Milliseconds of media that had been sent at that time, between two of ffmpeg's accounts. */
function sentAt({ samples, line, endedAt }: EncoderSession, at: number): number {
  const all = samples.at(-1)?.outMs ?? 0;
  if (at >= (endedAt ?? Infinity)) return all;
  // What a held line lets go at once is no older than its release to the node, whose clock begins there.
  if (line?.holdAt === 'media') return Math.min(all, Math.max(0, at - (line.releasedAt ?? at)));
  const after = samples.findIndex((sample) => sample.at >= at);
  const next = samples[after];
  const before = samples[after - 1];
  if (!next) return all;
  if (!before) return 0;
  return before.outMs + ((next.outMs - before.outMs) * (at - before.at)) / (next.at - before.at);
}

/**
 * Milliseconds of media that left the encoder from `fromAt` on, over all its connections. What one sent when its node was already
 * dead (`deadAt`), until it noticed, reached nobody.
 */
export function sentSince(
  sessions: readonly EncoderSession[],
  fromAt: number,
  deadAt: number | null,
): number {
  return sessions.reduce((sum, session) => {
    const { line, startedAt, endedAt } = session;
    if (line && !line.carriedMedia) return sum;
    const died = deadAt !== null && startedAt < deadAt && deadAt < (endedAt ?? Infinity);
    const untilAt = died ? deadAt : Infinity;
    return sum + Math.max(0, sentAt(session, untilAt) - sentAt(session, fromAt));
  }, 0);
}
