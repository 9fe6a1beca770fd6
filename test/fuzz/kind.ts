import type { Dice } from './dice';

/** One thing that is fuzzed. An input is what its pieces are; the same pieces always do the same. */
export interface Kind {
  readonly name: string;
  make(dice: Dice): Buffer[];
  /** Rejects with what must not happen: an unexpected exception, a broken promise of the code under test. */
  run(input: Buffer[]): Promise<void>;
  /** Rejects unless everything is as it was before the first input. */
  atRest(): Promise<void>;
  close(): Promise<void>;
}

/** What must not happen. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}
