import { spawn, type ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import type { Logger } from '../../logger';
import { FIRST_OUTPUT_FD } from './args';
import { childEnv } from './child-env';
import { ProgressReader } from './progress';
import { classifyLogLine, type LogVerdict } from './stderr';

/** The stop ladder (research/packaging.md section 5): stdin's end is a clean one in 0.2 s when ffmpeg is well. */
const STDIN_END_GRACE_MS = 3_000;
const SIGTERM_GRACE_MS = 2_000;
/** Fed, but the output's clock stands: ffmpeg is stuck and only SIGKILL helps. */
export const STUCK_AFTER_MS = 5_000;
const WATCH_INTERVAL_MS = 500;
/** A silence longer than ffmpeg's progress period (1 s) is the encoder's pause, not ffmpeg's fault. */
const FEED_PAUSE_MS = 1_500;
/** About 20 s of a 3 Mbit/s stream between us and ffmpeg; beyond it tags are dropped up to the next key frame. */
export const MAX_STDIN_QUEUE_BYTES = 8 * 1024 * 1024;
const LOG_TAIL_LINES = 20;
/** Encoders take what the machine has left: a go live, and every viewer's packet, must not wait behind x264. */
const NICE = 5;

export interface FfmpegExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Killed by the progress watchdog. */
  stuck: boolean;
  /** The worst that its log said. */
  verdict: LogVerdict;
  logTail: string[];
}

export interface FfmpegOptions {
  path: string;
  args: string[];
  outputs: number;
  log: Logger;
}

/** One supervised ffmpeg child: FLV bytes in on stdin, `outputs` pipes out, watched by its own progress. Ends exactly once. */
export class FfmpegProcess {
  /** The output pipes, in the plan's order. They must be read. */
  readonly outputs: Readable[];
  /** After the process and all its pipes are closed. Never rejects. */
  readonly closed: Promise<FfmpegExit>;
  private readonly child: ChildProcess;
  private readonly stdin: Writable;
  private readonly logTail: string[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly progress = new ProgressReader(() => (this.advancedAt = performance.now()));
  private verdict: LogVerdict = 'other';
  private state: 'running' | 'stopping' | 'closed' = 'running';
  private stuck = false;
  private fedAt = 0;
  private advancedAt = 0;

  constructor(private readonly options: FfmpegOptions) {
    const stdio = Array.from({ length: FIRST_OUTPUT_FD + options.outputs }, () => 'pipe' as const);
    this.child = spawn(options.path, options.args, { stdio, env: childEnv() });
    // At once: the threads that it starts inherit it. Undefined where the program could not be started.
    if (this.child.pid !== undefined) setPriority(this.child.pid, NICE);
    const [stdin, stdout, stderr, ...outputs] = this.child.stdio;
    this.stdin = stdin as Writable;
    this.outputs = outputs as Readable[];
    // EPIPE after a death of ffmpeg: `closed` tells the story.
    this.stdin.on('error', (error) => options.log.debug({ err: error }, 'ffmpeg no longer reads'));
    (stdout as Readable).setEncoding('utf8').on('data', (text: string) => this.progress.push(text));
    this.readLog(stderr as Readable);
    this.closed = this.awaitClose();
    this.every(WATCH_INTERVAL_MS, () => this.watch());
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Bytes that ffmpeg has not taken yet. */
  get queuedBytes(): number {
    return this.stdin.writableLength;
  }

  /** False where the queue is full or ffmpeg is ending: the bytes were not taken. */
  feed(bytes: Buffer): boolean {
    if (this.state !== 'running' || this.stdin.destroyed) return false;
    const now = performance.now();
    // Progress is owed only while tags come: after a pause the watch starts anew.
    if (this.fedAt === 0 || now - this.fedAt > FEED_PAUSE_MS) this.advancedAt = now;
    this.fedAt = now;
    if (this.queuedBytes > MAX_STDIN_QUEUE_BYTES) return false;
    this.stdin.write(bytes);
    return true;
  }

  /** Ends it in order: stdin's end, then SIGTERM, then SIGKILL. Safe to repeat. */
  stop(): Promise<FfmpegExit> {
    if (this.state === 'running') {
      this.state = 'stopping';
      this.stdin.end();
      this.after(STDIN_END_GRACE_MS, () => {
        this.child.kill('SIGTERM');
        this.after(SIGTERM_GRACE_MS, () => this.child.kill('SIGKILL'));
      });
    }
    return this.closed;
  }

  private watch(): void {
    if (this.state !== 'running' || this.fedAt - this.advancedAt < STUCK_AFTER_MS) return;
    this.stuck = true;
    this.options.log.error(
      { pid: this.pid, logTail: this.logTail },
      'ffmpeg is fed but makes no progress: killed',
    );
    this.child.kill('SIGKILL');
  }

  private readLog(stderr: Readable): void {
    let rest = '';
    stderr.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split(/[\r\n]+/);
      rest = (lines.pop() ?? '').slice(-MAX_LOG_LINE_CHARS);
      for (const line of lines) this.takeLogLine(line);
    });
  }

  private takeLogLine(line: string): void {
    if (line === '') return;
    const verdict = classifyLogLine(line);
    if (verdict === 'configuration' || (verdict === 'retryable' && this.verdict !== 'configuration'))
      this.verdict = verdict;
    this.logTail.push(line.slice(0, MAX_LOG_LINE_CHARS));
    if (this.logTail.length > LOG_TAIL_LINES) this.logTail.shift();
    if (verdict !== 'data')
      this.options.log.debug({ line: line.slice(0, MAX_LOG_LINE_CHARS) }, 'ffmpeg says');
  }

  private awaitClose(): Promise<FfmpegExit> {
    return new Promise((resolve) => {
      const done = (code: number | null, signal: NodeJS.Signals | null): void => {
        if (this.state === 'closed') return;
        this.state = 'closed';
        for (const timer of this.timers) clearTimeout(timer);
        resolve({ code, signal, stuck: this.stuck, verdict: this.verdict, logTail: this.logTail });
      };
      this.child.once('close', done);
      this.child.once('error', (error) => {
        this.takeLogLine(`could not be started: ${error.message}`);
        if (this.child.pid === undefined) {
          for (const output of this.outputs) output.destroy();
          done(null, null);
        }
      });
    });
  }

  private every(ms: number, act: () => void): void {
    this.timers.add(setInterval(act, ms));
  }

  private after(ms: number, act: () => void): void {
    this.timers.add(setTimeout(act, ms));
  }
}

const MAX_LOG_LINE_CHARS = 500;
