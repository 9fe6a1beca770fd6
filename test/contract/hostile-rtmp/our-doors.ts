import type { IngestLimits } from '../../../src/ingest/limits';
import { openFrontDoors, type FrontDoors } from '../support/front-doors';
import { Clients } from './clients';
import type { Target } from './target';

/** Production's bounds, and its times shortened: long enough for a busy machine, short enough for a suite. */
const LIMITS: Partial<IngestLimits> = {
  roleDeadlineMs: 800,
  silenceWarnMs: 500,
  silenceCutMs: 1_200,
  refusalFlushMs: 300,
  wrongKeyAnswerMs: 1,
  // Nobody leases these sessions.
  unledMs: Number.MAX_SAFE_INTEGER,
  // The rows come from one address; their number is the subject of another suite.
  wrongKeysPerMinute: 1_000_000,
};
const PATIENCE_MS = 3_000;
const WITNESS_KEY = 'witness';

/** Our two doors as a target. */
export class OurDoors extends Clients implements Target {
  readonly witnessKey = WITNESS_KEY;
  readonly patienceMs = PATIENCE_MS;
  readonly flvRoot = '/egress';
  readonly httpPort: number;
  private keys = 0;

  private constructor(readonly doors: FrontDoors) {
    super(doors.rtmpPort);
    this.httpPort = doors.httpPort;
    doors.keys.add(WITNESS_KEY);
  }

  static async open(): Promise<OurDoors> {
    return new OurDoors(await openFrontDoors(LIMITS));
  }

  witnessPlayName = (): string => this.playNameOf(WITNESS_KEY);

  newKey(): string {
    this.keys += 1;
    const key = `attacker-${this.keys}`;
    this.doors.keys.add(key);
    return key;
  }

  playNameOf(key: string): string {
    return this.doors.media.playNameOf(this.streamKeyId(key));
  }

  async kick(key: string): Promise<void> {
    const streamKeyId = this.streamKeyId(key);
    const { sessions } = this.doors.ingest;
    const session = sessions.list().find((one) => 'streamKeyId' in one && one.streamKeyId === streamKeyId);
    if (!session) throw new Error('no session of this key');
    sessions.cut({ sessionId: session.sessionId, reason: 'forced_end', streamKeyId, minKeyVersion: 2 });
  }

  async publishers(): Promise<number> {
    return this.doors.ingest.sessions.list().length;
  }

  private streamKeyId(key: string): number {
    return this.doors.keys.keys.get(key)!.streamKeyId;
  }
}
