import { CodedError, type ErrorCode } from '../../../src/domain/errors';
import type { KeyEffect, StreamKeyRecord } from '../../../src/workflows/stream-key/effects';
import { KeyLedger } from '../../../src/workflows/stream-key/ledger';
import { stateFromFacts } from '../../../src/workflows/stream-key/ledger-state';
import { WriteQueue } from './record';

/** What an ask is answered with: the key's word, or the code by which it refused. */
export type Outcome<T> = { answer: T } | { refused: ErrorCode };

/** The wiring of the stream key's workflow, without Temporal: asks told apart by id, answers after the row is written. */
export class KeyActor {
  readonly ledger = new KeyLedger(
    { appId: 1, memberId: 1, streamKeyId: 1 },
    stateFromFacts({
      ...{ state: 'INACTIVE', keyVersion: 1, epoch: 0 },
      ...{ transitionNumber: 0, session: null, room: null },
    }),
  );
  readonly writes = new WriteQueue<StreamKeyRecord>('key', 'INACTIVE');
  private readonly outcomes = new Map<string, Outcome<unknown>>();
  private readonly waiting: { number: number; answer: () => void }[] = [];

  constructor(private readonly carryOut: (effect: Exclude<KeyEffect, { kind: 'record' }>) => void) {}

  /** One decision with its effects; a refusal is an outcome, anything else thrown is a bug. */
  decide<T>(decision: () => T): Outcome<T> {
    const before = JSON.stringify(this.ledger.state);
    let outcome: Outcome<T>;
    try {
      outcome = { answer: decision() };
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      if (JSON.stringify(this.ledger.state) !== before)
        throw new Error(`${error.code} refused and changed the key`);
      outcome = { refused: error.code };
    }
    for (const effect of this.ledger.takeEffects()) {
      if (effect.kind === 'record') this.writes.push([effect.record]);
      else this.carryOut(effect);
    }
    return outcome;
  }

  /** An Update: a repeated id gets the first outcome. The answer leaves when the key's row says what it says. */
  ask<T>(updateId: string, decision: () => T, answer: (outcome: Outcome<T>) => void): void {
    const known = this.outcomes.get(updateId) as Outcome<T> | undefined;
    const outcome = known ?? this.decide(decision);
    this.outcomes.set(updateId, outcome);
    this.waiting.push({ number: this.ledger.state.transitionNumber, answer: () => answer(outcome) });
    this.answerWritten();
  }

  writeNext(): void {
    this.writes.writeNext();
    this.answerWritten();
  }

  private answerWritten(): void {
    const ready = this.waiting.filter(({ number }) => number <= this.writes.writtenNumber);
    for (const it of ready) this.waiting.splice(this.waiting.indexOf(it), 1);
    for (const { answer } of ready) answer();
  }
}
