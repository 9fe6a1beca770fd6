import { lookup, type LookupAddress } from 'node:dns';

export type LookUpDone = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;
export type LookUp = (hostname: string, done: LookUpDone) => void;

/**
 * Look-ups at once. The system's resolver blocks one of the process's four threads for as long as a name server takes, and
 * connections to our own database need them too: a receiver's dead name server must not get them all.
 */
const MAX_AT_ONCE = 2;

const systemLookUp: LookUp = (hostname, done) => lookup(hostname, { all: true }, done);

/**
 * Looks names up as the system does (hosts file, search domains), a few at a time and each name once, in the order in which
 * they came. Answers are for those who wait, and not kept.
 */
export class NameLookUps {
  private readonly asked = new Map<string, LookUpDone[]>();
  private readonly waiting: string[] = [];
  private running = 0;

  constructor(private readonly resolve: LookUp = systemLookUp) {}

  readonly lookUp: LookUp = (hostname, done) => {
    const others = this.asked.get(hostname);
    if (others) {
      others.push(done);
      return;
    }
    this.asked.set(hostname, [done]);
    this.waiting.push(hostname);
    this.next();
  };

  private next(): void {
    const hostname = this.running < MAX_AT_ONCE ? this.waiting.shift() : undefined;
    if (hostname === undefined) return;
    this.running += 1;
    this.resolve(hostname, (error, addresses) => {
      const askers = this.asked.get(hostname) ?? [];
      this.asked.delete(hostname);
      this.running -= 1;
      this.next();
      for (const done of askers) done(error, addresses);
    });
  }
}
