import { log } from '@temporalio/workflow';
import type { SessionEndReason } from '../../domain/session-end-reason';
import { codeOf } from '../failures';
import type { SessionView } from '../messages';
import { leaseOn, persistentControlOn } from '../proxies';
import type { EffectOf } from './effects';
import type { KeyLedger } from './ledger';

/** The publishers of a key, as far as its run follows them on their nodes, or has them cut. */
export class Publishers {
  private leases = 0;
  /** Sessions whose node was asked to cut them, and has not answered. */
  private readonly cutting = new Set<string>();

  constructor(
    private readonly streamKeyId: number,
    private readonly decide: (fact: (ledger: KeyLedger) => void) => void,
  ) {}

  get areLeft(): boolean {
    return this.leases === 0;
  }

  get areCut(): boolean {
    return this.cutting.size === 0;
  }

  isCut(sessionId: string): boolean {
    return !this.cutting.has(sessionId);
  }

  /** Follows a session by its lease until it ends. Whatever ends the lease ends the session, unless it ended before. */
  async follow(session: SessionView): Promise<void> {
    const { sessionId, epoch, nodeId } = session;
    this.leases += 1;
    let lost: SessionEndReason | null = null;
    let told: SessionEndReason = 'media_lost';
    try {
      const summary = `session ${sessionId}, epoch ${epoch}`;
      const lease = leaseOn(nodeId).packageStream;
      told = (await lease.executeWithOptions({ summary }, [{ sessionId, epoch }])).reason;
    } catch (error) {
      lost = 'media_lost';
      log.warn('the lease of a session was lost', {
        sessionId,
        epoch,
        code: codeOf(error),
        error: String(error),
      });
    }
    this.leases -= 1;
    this.decide((ledger) =>
      lost ? ledger.sessionLost(session, lost) : ledger.unpublish({ sessionId, epoch, reason: told }),
    );
  }

  /** Asks a session's node to cut it, until that answers. */
  async cut({ session, reason, minKeyVersion }: EffectOf<'cut'>): Promise<void> {
    const { sessionId, nodeId } = session;
    this.cutting.add(sessionId);
    try {
      const request = { sessionId, reason, streamKeyId: this.streamKeyId, minKeyVersion };
      const summary = `cut ${sessionId}, ${reason}`;
      await persistentControlOn(nodeId).cutPublisher.executeWithOptions({ summary }, [request]);
    } catch (error) {
      log.error('a publisher could not be cut', { sessionId, error: String(error) });
    } finally {
      this.cutting.delete(sessionId);
    }
  }
}
