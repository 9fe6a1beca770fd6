import { condition, workflowInfo } from '@temporalio/workflow';
import { EffectQueue } from '../effect-queue';
import { refusing } from '../failures';
import type { StreamKeyFacts, StreamKeyInput } from '../messages';
import { mainActivities } from '../proxies';
import { indexKey, showKey } from './details';
import type { EffectOf, KeyEffect } from './effects';
import { HistoryLength } from './history-length';
import { KeyLedger } from './ledger';
import { stateFromFacts, type KeyLedgerState } from './ledger-state';
import { Publishers } from './publishers';
import { Records } from './records';
import { Rotations } from './rotations';
import { tellRoom } from './tell-room';

type Fact = (ledger: KeyLedger) => void;

/** Wires the ledger to Temporal: decisions in, effects out. Holds no rule of its own. */
export class KeyJournal {
  readonly length = new HistoryLength();
  readonly records = new Records(() => this.recorded());
  readonly tells = new EffectQueue<EffectOf<'tellRoom'>>(tellRoom);
  readonly publishers: Publishers;
  readonly rotations: Rotations;
  /** How many decisions were asked for: it changes with whatever disturbs an idle key. */
  decisions = 0;
  private ledger: KeyLedger | null = null;
  /** Facts that came before the row; they run first, in order. */
  private early: Fact[] = [];

  constructor(private readonly input: StreamKeyInput) {
    this.publishers = new Publishers(input.streamKeyId, (fact) => this.decide(fact));
    this.rotations = new Rotations(input.streamKeyId);
  }

  /** Null until the run has adopted its row. */
  get known(): KeyLedgerState | null {
    return this.ledger?.state ?? null;
  }

  /** For those who come after `adopted`. */
  get state(): KeyLedgerState {
    return this.ledger!.state;
  }

  /** Goes on from the run before, or from the row; the row is taken over in any case. */
  async begin(): Promise<void> {
    const { facts, handedOver } = this.input;
    if (handedOver) this.goOn(handedOver);
    else if (facts) this.rebirth(facts);
    const row = await this.adopt();
    if (!this.ledger) this.rebirth(row);
    indexKey(this.input, this.state);
  }

  async adopted(): Promise<void> {
    await condition(() => this.ledger !== null);
  }

  /** Throws what refuses a question, before it is one. */
  check(question: Fact): void {
    refusing(() => this.ledger && question(this.ledger));
  }

  // Signal handlers never throw: a throw here would fail the whole workflow.
  fact(tell: Fact): void {
    if (this.ledger) this.decide(tell);
    else this.early.push(tell);
  }

  /** Runs one decision of the ledger and starts what it asks for. */
  decide<T>(decision: (ledger: KeyLedger) => T): T {
    const ledger = this.ledger!;
    this.decisions += 1;
    this.length.hear();
    const before = ledger.state.transitionNumber;
    const result = refusing(() => decision(ledger));
    let reason: string | null = null;
    for (const effect of ledger.takeEffects()) {
      if (effect.kind === 'record') reason = effect.record.reason;
      this.start(effect);
    }
    if (ledger.state.transitionNumber !== before) showKey(this.input, ledger.state, reason);
    return result;
  }

  /** Takes over the row: what earlier runs still write is dropped from now on. Before it nothing is written. */
  private adopt(): Promise<StreamKeyFacts> {
    const request = { streamKeyId: this.input.streamKeyId, runId: workflowInfo().runId };
    return mainActivities.adoptStreamKey.executeWithOptions({ summary: 'go on from the row' }, [request]);
  }

  /** The row is all that is known: session and held room are looked up again. */
  private rebirth(row: StreamKeyFacts): void {
    this.goOn(stateFromFacts(row), (ledger) => ledger.reconcile(row.claimed));
  }

  private goOn(state: KeyLedgerState, ...first: Fact[]): void {
    this.records.beginAt(state.transitionNumber);
    this.rotations.beginAt(state.minKeyVersion);
    this.ledger = new KeyLedger(this.input, state);
    showKey(this.input, state, null);
    for (const fact of [...first, ...this.early.splice(0)]) this.decide(fact);
  }

  private start(effect: KeyEffect): void {
    switch (effect.kind) {
      case 'record':
        return this.records.push(effect.record);
      case 'tellRoom':
        return this.tells.push(effect);
      case 'lease':
        return void this.publishers.follow(effect.session);
      case 'cut':
        return void this.publishers.cut(effect);
      case 'rotate':
        return void this.rotations.make(effect.toVersion);
    }
  }

  private recorded(): void {
    this.length.hear();
    indexKey(this.input, this.state);
  }
}
