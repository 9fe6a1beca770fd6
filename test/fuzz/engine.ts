import { usedBytes } from '../contract/support/memory';
import { Dice } from './dice';
import type { Kind } from './kind';
import { flvFile } from './kinds/flv-file';
import { fragments } from './kinds/fragments';
import { headers } from './kinds/headers';
import { httpOverSockets } from './kinds/http-socket';
import { routes } from './kinds/routes';
import { rtmpInMemory } from './kinds/rtmp-memory';
import { rtmpOverSockets } from './kinds/rtmp-socket';

/** How often of 1,000 each kind is taken: the cheap ones and the ones in front of strangers most. */
const SHARES: [create: () => Promise<Kind>, share: number][] = [
  [rtmpInMemory, 730],
  [rtmpOverSockets, 5],
  [headers, 100],
  [fragments, 80],
  [routes, 60],
  [flvFile, 20],
  [httpOverSockets, 5],
];
const ALL_SHARES = SHARES.reduce((sum, [, share]) => sum + share, 0);

/** What one input may take, on a machine that does other things too. */
const SLOW_MS = 5_000;
/** The sessions and timers of a while are looked at together. */
const LOOK_EVERY = 25_000;
const TELL_EVERY_MS = 250;
/** Compiled code and the runtime's caches; a leak of one small object an input would pass it in the first look. */
const MEMORY_BOUND_BYTES = 48 * 1024 * 1024;
/** Memory counts from here: by now all code has run. */
const WARM_UP = 2_000;

export interface Options {
  /** Inputs: from this number of the seed's sequence, so many, for at most so long. */
  from: number;
  count: number;
  maxMs: number;
  seed: number;
}

export interface Finding {
  kind: string;
  index: number;
  what: string;
  input: string[];
}

export interface Progress {
  done: number;
  /** By kind. */
  counts: Record<string, number>;
}

/** Runs the sequence of a seed, one input after another. Findings are told as they come; it goes on after them. */
export class Engine {
  private kinds: Kind[] = [];
  private readonly progress: Progress = { done: 0, counts: {} };
  private current: { kind: Kind; index: number; input: Buffer[] } | null = null;
  private baseBytes: number | null = null;
  private toldAt = 0;

  constructor(
    private readonly options: Options,
    private readonly onFinding: (finding: Finding) => void,
    private readonly onProgress: (progress: Progress) => void,
  ) {}

  async run(): Promise<Progress> {
    this.kinds = await Promise.all(SHARES.map(([create]) => create()));
    const { from, count, maxMs, seed } = this.options;
    const endsAt = performance.now() + maxMs;
    for (let index = from; index < from + count && performance.now() < endsAt; index++) {
      const dice = new Dice(seed, index);
      const kind = this.pick(dice);
      await this.one(kind, index, kind.make(dice));
      if (this.progress.done === WARM_UP) this.baseBytes = usedBytes();
      if (this.progress.done % LOOK_EVERY === 0) await this.look();
    }
    await this.look();
    this.onProgress(this.progress);
    for (const kind of this.kinds) await kind.close();
    return this.progress;
  }

  /** An exception that nobody was waiting for: it belongs to what was running. */
  stray(error: unknown): void {
    this.found(`outside of any call: ${textOf(error)}`);
  }

  private pick(dice: Dice): Kind {
    let at = dice.below(ALL_SHARES);
    const index = SHARES.findIndex(([, share]) => (at -= share) < 0);
    return this.kinds[index]!;
  }

  private async one(kind: Kind, index: number, input: Buffer[]): Promise<void> {
    this.current = { kind, index, input };
    const began = performance.now();
    try {
      await kind.run(input);
    } catch (error) {
      this.found(textOf(error));
    }
    const now = performance.now();
    if (now - began > SLOW_MS) this.found(`took ${Math.round(now - began)} ms`);
    this.progress.done += 1;
    this.progress.counts[kind.name] = (this.progress.counts[kind.name] ?? 0) + 1;
    if (now - this.toldAt < TELL_EVERY_MS) return;
    this.toldAt = now;
    this.onProgress(this.progress);
    // What only promises set going never lets timers and sockets have their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }

  private async look(): Promise<void> {
    for (const kind of this.kinds) await kind.atRest().catch((error: unknown) => this.found(textOf(error)));
    if (this.baseBytes === null) return;
    const grown = usedBytes() - this.baseBytes;
    if (grown > MEMORY_BOUND_BYTES) this.found(`memory has grown by ${Math.round(grown / 1024 / 1024)} MB`);
  }

  private found(what: string): void {
    const { kind, index = 0, input = [] } = this.current ?? {};
    this.onFinding({
      kind: kind?.name ?? 'none',
      index,
      what,
      input: input.map((one) => one.toString('base64')),
    });
  }
}

const textOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
