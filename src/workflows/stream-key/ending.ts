import { allHandlersFinished, condition } from '@temporalio/workflow';
import type { KeyJournal } from './journal';

/** An idle member's workflow costs nothing once it is complete; the next publish starts a new run (design.md, "Rebirth"). */
const IDLE_COMPLETION_MS = 10 * 60_000;

export type End = 'idle' | 'long';

/** When a run is over: after ten idle minutes, or once its history is long and a next one takes over; never while it would lose something. */
export class Ending {
  isOver = false;

  constructor(
    private readonly journal: KeyJournal,
    private readonly idleMs = IDLE_COMPLETION_MS,
  ) {}

  async reached(): Promise<End> {
    const end = await this.untilIdleOrLong();
    this.isOver = true;
    return end;
  }

  /**
   * Long, and between two sessions: a lease that is still open is of a session that has ended, and tells nothing new. A room may be
   * held.
   */
  get isHandingOver(): boolean {
    const state = this.journal.known?.snapshot.state;
    const isBetweenSessions = state === 'INACTIVE' || state === 'INACTIVE_LIVE';
    return isBetweenSessions && this.journal.length.isLong && this.isAnswered;
  }

  private async untilIdleOrLong(): Promise<End> {
    const { journal } = this;
    for (;;) {
      await condition(() => this.isIdle || this.mayHandOver);
      if (this.mayHandOver) return 'long';
      const heard = journal.decisions;
      const disturbed = () => !this.isIdle || journal.decisions !== heard || this.mayHandOver;
      await condition(disturbed, this.idleMs, { summary: 'idle until completion' });
      if (!disturbed()) return 'idle';
    }
  }

  private get mayHandOver(): boolean {
    return this.isHandingOver && this.isWritten;
  }

  private get isIdle(): boolean {
    return this.isSettled && this.journal.known?.snapshot.state === 'INACTIVE';
  }

  /** Nothing that would be lost with this run. */
  private get isSettled(): boolean {
    return this.journal.publishers.areLeft && this.isAnswered && this.isWritten;
  }

  /** No node is asked for a cut, and no new secret is being made: both may take long. */
  private get isAnswered(): boolean {
    return this.journal.publishers.areCut && this.journal.rotations.areDone;
  }

  private get isWritten(): boolean {
    return this.journal.records.drained && this.journal.tells.drained && allHandlersFinished();
  }
}
