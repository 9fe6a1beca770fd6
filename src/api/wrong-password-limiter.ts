import { addressGroup } from '../domain/address-group';
import { CodedError } from '../domain/errors';

const WINDOW_MS = 60_000;
/** A person mistypes a few times; a program that guesses gets nowhere at this rate. */
const MAX_WRONG_PER_WINDOW = 10;
/** Addresses remembered at once: guesses from many addresses must not grow our memory. */
const MAX_ADDRESSES = 10_000;

interface Wrong {
  since: number;
  count: number;
}

/** Counts wrong passwords per address (see `addressGroup`), and refuses more guesses for a minute. Right ones cost nothing. */
export class WrongPasswordLimiter {
  private readonly wrong = new Map<string, Wrong>();

  constructor(
    private readonly maxWrong = MAX_WRONG_PER_WINDOW,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Takes a guess before it is checked, so that many at once are counted too. Give it back when it was right.
   * Errors: TOO_MANY_WRONG_PASSWORDS.
   */
  guess(address: string): () => void {
    const group = addressGroup(address);
    const entry = this.current(group) ?? { since: this.now(), count: 0 };
    if (entry.count >= this.maxWrong) throw new CodedError('TOO_MANY_WRONG_PASSWORDS');
    entry.count += 1;
    this.wrong.set(group, entry);
    if (this.wrong.size > MAX_ADDRESSES) this.wrong.delete(this.wrong.keys().next().value!);
    return () => {
      entry.count -= 1;
    };
  }

  private current(group: string): Wrong | null {
    const entry = this.wrong.get(group);
    if (!entry || this.now() - entry.since < WINDOW_MS) return entry ?? null;
    this.wrong.delete(group);
    return null;
  }
}
