import type { ChildProcess } from 'node:child_process';
import { readLines } from './output';

/** A program that the supervisor keeps running. */
export interface Program {
  name: string;
  /** Makes ready what it reads at its start, such as its configuration; before every start of it. */
  prepare?(): Promise<void>;
  /** Starts it: detached (a process group of its own, which a terminal's Ctrl-C does not reach), output as pipes. */
  spawn(): ChildProcess;
  /** How it says that it is ready: a line of its output, or the IPC message `{type:'ready'}`. */
  ready: { line: RegExp } | 'message';
  startTimeoutMs: number;
  stopSignal: NodeJS.Signals;
  /** First starts that are tried before a failure is told; 1 where not given. */
  startAttempts?: number;
}

export interface SupervisedEvents {
  /** A line that the program wrote. */
  onLine?(line: string): void;
  /** Something to tell whoever watches: it died, it is restarted, it is back. */
  onNotice?(text: string): void;
  onSpawn?(pid: number): void;
  onExit?(pid: number): void;
}

/** A dead program is started again after this; each further death doubles it, up to the longest. */
const FIRST_RESTART_DELAY_MS = 200;
const LONGEST_RESTART_DELAY_MS = 5_000;
/** After this long without a death the delay starts over. */
const HEALTHY_AFTER_MS = 30_000;
/** From a program's end to the end of its output. */
const DRAIN_DEADLINE_MS = 250;
/** Lines of output that a failed first start shows. */
const TAIL_LINES = 15;

type State = 'idle' | 'starting' | 'up' | 'waiting' | 'stopping' | 'stopped';

/** Kills what is left of a process group; its leader may be gone while its children live. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Resolves when its last lines have been read; something that still holds its pipes is not waited for long. */
function outputEnd(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, DRAIN_DEADLINE_MS);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** One program, started again whenever it dies, until it is stopped. */
export class Supervised {
  private state: State = 'idle';
  private child: ChildProcess | null = null;
  private prepared: Promise<void> = Promise.resolve();
  private gone: Promise<void> = Promise.resolve();
  private drained: Promise<void> = Promise.resolve();
  private restartTimer: NodeJS.Timeout | null = null;
  private delayMs = FIRST_RESTART_DELAY_MS;
  private tail: string[] = [];

  constructor(
    readonly program: Program,
    private readonly events: SupervisedEvents = {},
  ) {}

  get name(): string {
    return this.program.name;
  }

  /** The running process, or null between two of them. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Starts it and resolves when it is ready. A first start that fails, as often as its program allows, rejects with its last lines. */
  async start(): Promise<void> {
    if (this.state !== 'idle' && this.state !== 'stopped') throw new Error(`${this.name} is already started`);
    this.delayMs = FIRST_RESTART_DELAY_MS;
    const attempts = this.program.startAttempts ?? 1;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.launch();
      } catch (error) {
        // A stop in the middle of it is no failure to be tried again.
        const isLast = attempt >= attempts || !this.is('starting');
        await this.stop(0);
        const why = `${this.name} did not start: ${(error as Error).message}`;
        if (isLast) throw new Error(`${why}\n${this.tail.join('\n')}`.trim());
        this.events.onNotice?.(`${why}; trying again`);
      }
    }
  }

  private is(state: State): boolean {
    return this.state === state;
  }

  /** Asks it to stop, kills it and its children after `deadlineMs`. Resolves when nothing is left; safe twice. */
  async stop(deadlineMs: number): Promise<void> {
    if (this.restartTimer) clearTimeout(this.restartTimer);
    this.restartTimer = null;
    const child = this.child;
    if (!child?.pid) {
      this.state = 'stopped';
      // What is just being made ready is not started any more; its failure is told by who started it.
      await this.prepared.catch(() => undefined);
      return;
    }
    this.state = 'stopping';
    const pid = child.pid;
    child.kill(this.program.stopSignal);
    const killer = setTimeout(() => killGroup(pid), deadlineMs);
    await this.gone;
    clearTimeout(killer);
    await this.drained;
    this.state = 'stopped';
  }

  /** Kills it with its children at once, without waiting. */
  killNow(): void {
    if (this.restartTimer) clearTimeout(this.restartTimer);
    if (this.child?.pid) killGroup(this.child.pid);
  }

  private async launch(): Promise<void> {
    this.state = 'starting';
    if (this.program.prepare) {
      this.prepared = this.program.prepare();
      await this.prepared;
      if (!this.is('starting')) throw new Error('stopped before its start');
    }
    const child = this.program.spawn();
    const startedAt = process.hrtime.bigint();
    this.child = child;
    if (child.pid) this.events.onSpawn?.(child.pid);
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ? `ended by ${signal}` : `exit code ${code}`));
    });
    this.drained = ended.then(() => outputEnd(child));
    this.gone = ended.then((how) => this.ended(child, how, startedAt));
    await this.untilReady(child, ended);
    if (this.state === 'starting') this.state = 'up';
  }

  private untilReady(child: ChildProcess, ended: Promise<string>): Promise<void> {
    const { ready, startTimeoutMs } = this.program;
    return new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`not ready after ${startTimeoutMs} ms`)),
        startTimeoutMs,
      );
      const finish = (act: () => void) => {
        clearTimeout(timer);
        act();
      };
      const take = (line: string) => {
        this.tail = [...this.tail, line].slice(-TAIL_LINES);
        this.events.onLine?.(line);
        if (ready !== 'message' && ready.line.test(line)) finish(resolve);
      };
      for (const stream of [child.stdout, child.stderr]) if (stream) readLines(stream, take);
      if (ready === 'message') {
        child.on('message', (message) => {
          if ((message as { type?: unknown } | null)?.type === 'ready') finish(resolve);
        });
      }
      void ended.then((how) => finish(() => reject(new Error(how))));
    });
  }

  private ended(child: ChildProcess, how: string, startedAt: bigint): void {
    if (child.pid) {
      killGroup(child.pid);
      this.events.onExit?.(child.pid);
    }
    this.child = null;
    // A first start that failed is told by start(); a stop is what was asked for.
    if (this.state !== 'up') return;
    if (Number(process.hrtime.bigint() - startedAt) / 1e6 >= HEALTHY_AFTER_MS)
      this.delayMs = FIRST_RESTART_DELAY_MS;
    this.scheduleRestart(`died (${how})`);
  }

  private scheduleRestart(why: string): void {
    const delayMs = this.delayMs;
    this.delayMs = Math.min(LONGEST_RESTART_DELAY_MS, delayMs * 2);
    this.state = 'waiting';
    this.events.onNotice?.(`${this.name} ${why}; starting it again in ${delayMs / 1000} s`);
    this.restartTimer = setTimeout(() => void this.restart(), delayMs);
  }

  private async restart(): Promise<void> {
    this.restartTimer = null;
    try {
      await this.launch();
      this.events.onNotice?.(`${this.name} is back`);
    } catch (error) {
      // Stopped meanwhile, which ended the process that was about to be ready.
      if (this.state !== 'starting') return;
      const pid = this.pid;
      if (pid) {
        killGroup(pid);
        await this.gone;
      }
      this.scheduleRestart(`did not come back (${(error as Error).message})`);
    }
  }
}
