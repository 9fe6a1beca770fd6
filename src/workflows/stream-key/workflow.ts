import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  currentUpdateInfo,
  getExternalWorkflowHandle,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { StreamKeyFacts } from '../messages';
import type { SessionEndReason } from '../../domain/session-end-reason';
import { EffectQueue } from '../effect-queue';
import { ASK_AGAIN, codeOf, refusing } from '../failures';
import {
  claimUpdate,
  getKeyStateQuery,
  keyChangedSignal,
  keyForceEndUpdate,
  publishUpdate,
  reissueUpdate,
  releaseUpdate,
  roomStatusUpdate,
  unpublishSignal,
  viewableSignal,
  type ClaimGrant,
  type ClaimRequest,
  type KeyForceEndAnswer,
  type KeyForceEndRequest,
  type KeyReissueAnswer,
  type PublishGrant,
  type PublishRequest,
  type ReleaseAnswer,
  type ReleaseRequest,
  type RoomStatusAnswer,
  type RoomStatusRequest,
  type SessionView,
  type StreamKeyInput,
} from '../messages';
import { leaseOn, mainActivities, persistentControlOn } from '../proxies';
import { workflowNowMs } from '../time';
import { indexKey, showKey } from './details';
import type { KeyEffect } from './effects';
import { KeyLedger } from './ledger';
import { stateFromFacts, type KeyLedgerState, type RememberedAnswer } from './ledger-state';
import { remember, REMEMBERED_ANSWERS } from './memory';
import { Rotations } from './rotations';

/** A forced end's answer waits this long for the cut; then the cut goes on in the background (design.md section 3). */
const CUT_ANSWER_WAIT_MS = 2_000;

/** An idle member's workflow costs nothing once it is complete; the next publish starts a new run (design.md, "Rebirth"). */
const IDLE_COMPLETION_MS = 10 * 60_000;

type Effect<K extends KeyEffect['kind']> = Extract<KeyEffect, { kind: K }>;

/** Wires the ledger to Temporal: messages in, effects out. Holds no rule of its own. */
class StreamKeyRun {
  /** Null until the run has adopted its row. */
  private ledger: KeyLedger | null = null;
  /** Facts that came before the row; they run first, in order. */
  private early: ((ledger: KeyLedger) => void)[] = [];
  private readonly writes = new EffectQueue<Effect<'record'>>((effect) => this.write(effect));
  private readonly tells = new EffectQueue<Effect<'tellRoom'>>((effect) => this.tellRoom(effect));
  private writtenNumber = 0;
  private leases = 0;
  /** Sessions whose node was asked to cut them, and has not answered. */
  private readonly cutting = new Set<string>();
  private readonly rotations: Rotations;
  private messages = 0;
  /** Temporal's word that the history is long, as heard with something that the history holds: a refused publish is not in it. */
  private isLong = false;
  private isOver = false;

  constructor(private readonly input: StreamKeyInput) {
    this.rotations = new Rotations(input.streamKeyId);
  }

  listen(): void {
    // First the facts: what waits for its handler runs when that is set, and an unpublish that came with, or before,
    // its publish must win also in a run's very first task.
    setHandler(unpublishSignal, (tell) => this.fact((ledger) => ledger.unpublish(tell)), {
      description: 'A media node tells the end of a session.',
    });
    setHandler(viewableSignal, (tell) => this.fact((ledger) => ledger.viewable(tell)), {
      description: 'A media node tells that a session can be played.',
    });
    setHandler(publishUpdate, (request) => this.publish(request), {
      validator: (request: PublishRequest) => this.checkPublish(request),
      description: 'A media node asks whether a session may publish. The answer carries its epoch.',
    });
    setHandler(claimUpdate, (request) => this.claim(request), {
      description: 'A room asks to be the live room of this key. Use goLive on the room instead.',
    });
    setHandler(roomStatusUpdate, (request) => this.roomStatus(request), {
      description: 'A room whose run was lost asks what the key knows of it.',
    });
    setHandler(releaseUpdate, (request) => this.release(request), {
      description: 'A room gives the key back. Use endBroadcast on the room instead.',
    });
    setHandler(keyForceEndUpdate, (request) => this.forceEnd(request), {
      description: 'Ends session and live room at once and rotates the key: {"roomId": null}.',
    });
    setHandler(reissueUpdate, () => this.reissue(), {
      description: 'Gives a key that nobody uses a new secret: the old one is refused from then on.',
    });
    setHandler(getKeyStateQuery, () => this.ledger?.state ?? null, {
      description: 'All that the key knows.',
    });
  }

  /** Ends after ten idle minutes, or hands over to a next run once its history is long: when nothing of it would be lost. */
  async run(): Promise<void> {
    const { facts, handedOver } = this.input;
    if (handedOver) this.goOn(handedOver);
    else if (facts) this.rebirth(facts);
    const row = await this.adopt();
    if (!this.ledger) this.rebirth(row);
    indexKey(this.input, this.ledger!.state);
    const isOver = () => this.isOver;
    const [end] = await Promise.all([this.untilOver(), this.writes.run(isOver), this.tells.run(isOver)]);
    if (end === 'long') await this.handOver();
  }

  /** Takes over the row: what earlier runs still write is dropped from now on. Before it nothing is written. */
  private adopt(): Promise<StreamKeyFacts> {
    const request = { streamKeyId: this.input.streamKeyId, runId: workflowInfo().runId };
    return mainActivities.adoptStreamKey.executeWithOptions({ summary: 'go on from the row' }, [request]);
  }

  /** The row is all that is known: session and held room are looked up again. */
  private rebirth(row: StreamKeyFacts): void {
    this.goOn(stateFromFacts(row), (ledger) => ledger.reconcile());
  }

  private goOn(state: KeyLedgerState, ...first: ((ledger: KeyLedger) => void)[]): void {
    this.writtenNumber = state.transitionNumber;
    this.rotations.beginAt(state.minKeyVersion);
    this.ledger = new KeyLedger(this.input, state);
    showKey(this.input, state, null);
    for (const fact of [...first, ...this.early.splice(0)]) this.decide(fact);
  }

  /** The next run has this one's id, input and knowledge, and takes over the row from it. */
  private handOver(): Promise<never> {
    const { facts: _facts, ...input } = this.input;
    return continueAsNew<typeof streamKeyWorkflow>({ ...input, handedOver: this.ledger!.state });
  }

  private async untilOver(): Promise<'idle' | 'long'> {
    const end = await this.untilIdleOrLong();
    this.isOver = true;
    return end;
  }

  private async untilIdleOrLong(): Promise<'idle' | 'long'> {
    const idleMs = this.input.idleMs ?? IDLE_COMPLETION_MS;
    for (;;) {
      await condition(() => this.isIdle || this.mayHandOver);
      if (this.mayHandOver) return 'long';
      const heard = this.messages;
      const disturbed = () => !this.isIdle || this.messages !== heard || this.mayHandOver;
      await condition(disturbed, idleMs, { summary: 'idle until completion' });
      if (!disturbed()) return 'idle';
    }
  }

  /** Nothing that would be lost with this run. */
  private get isSettled(): boolean {
    return this.leases === 0 && this.isAnswered && this.isWritten;
  }

  private get isIdle(): boolean {
    return this.isSettled && this.ledger?.state.snapshot.state === 'INACTIVE';
  }

  private get isWritten(): boolean {
    return this.writes.drained && this.tells.drained && allHandlersFinished();
  }

  /** No node is asked for a cut, and no new secret is being made: both may take long. */
  private get isAnswered(): boolean {
    return this.cutting.size === 0 && this.rotations.areDone;
  }

  /**
   * Long, and between two sessions: a lease that is still open is of a session that has ended, and tells nothing new. A room may be
   * held.
   */
  private get isHandingOver(): boolean {
    const state = this.ledger?.state.snapshot.state;
    const isBetweenSessions = state === 'INACTIVE' || state === 'INACTIVE_LIVE';
    return isBetweenSessions && this.isLong && this.isAnswered;
  }

  /** Not asked at any other time: a replay has no task for a publish that was refused, and would hand over elsewhere. */
  private hearLength(): void {
    this.isLong ||= workflowInfo().continueAsNewSuggested;
  }

  private get mayHandOver(): boolean {
    return this.isHandingOver && this.isWritten;
  }

  /**
   * An encoder that comes back at once must not put the hand-over off for ever: its node asks again, and the next run answers.
   * Nor does a publish wait in here for rows: Temporal takes ten open questions a run, and a forced end must be among them.
   */
  private checkPublish(request: PublishRequest): void {
    const { ledger } = this;
    refusing(() => ledger?.checkPublish(request, workflowNowMs()));
    const mustWait = ledger !== null && this.writtenNumber < ledger.state.transitionNumber;
    if (mustWait || this.isHandingOver) throw ApplicationFailure.nonRetryable('ask again', ASK_AGAIN);
  }

  private async publish(request: PublishRequest): Promise<PublishGrant> {
    await this.adopted();
    // What was decided before is written first: nothing is to wait for, unless a run has just gone on from a row that was behind.
    await this.written(this.ledger!.state.transitionNumber);
    return this.decide((ledger) => ledger.publish(request, workflowNowMs()));
  }

  private claim(request: ClaimRequest): Promise<ClaimGrant> {
    return this.once(async () => {
      const grant = this.decide((ledger) => ledger.claim(request, workflowNowMs()));
      await this.written(grant.transitionNumber);
      return grant;
    });
  }

  private async roomStatus(request: RoomStatusRequest): Promise<RoomStatusAnswer> {
    await this.adopted();
    return this.decide((ledger) => ledger.roomStatus(request));
  }

  private release(request: ReleaseRequest): Promise<ReleaseAnswer> {
    return this.once(async () => {
      const answer = this.decide((ledger) => ledger.release(request));
      await this.written(answer.transitionNumber);
      return answer;
    });
  }

  private forceEnd(request: KeyForceEndRequest): Promise<KeyForceEndAnswer> {
    return this.once(async () => {
      const sessionId = this.ledger!.state.session?.sessionId ?? '';
      const asked = { ...request, roomId: request?.roomId ?? null };
      const answer = this.decide((ledger) => ledger.forceEnd(asked));
      if (answer.outcome !== 'forced') return answer;
      const version = this.ledger!.state.minKeyVersion;
      await this.written(answer.transitionNumber);
      await this.rotations.reached(version);
      await condition(() => !this.cutting.has(sessionId), CUT_ANSWER_WAIT_MS, {
        summary: 'wait for the cut',
      });
      return answer;
    });
  }

  private reissue(): Promise<KeyReissueAnswer> {
    return this.once(async () => {
      const answer = this.decide((ledger) => ledger.reissue());
      await this.rotations.reached(answer.keyVersion);
      return answer;
    });
  }

  /** A question that the run before this one has answered gets the same answer: its asker did not hear it. */
  private async once<T extends RememberedAnswer['answer']>(answerNow: () => Promise<T>): Promise<T> {
    await this.adopted();
    const { state } = this.ledger!;
    const updateId = currentUpdateInfo()!.id;
    const known = state.answers.find((answered) => answered.updateId === updateId);
    if (known) return known.answer as T;
    const answer = await answerNow();
    state.answers = remember(state.answers, { updateId, answer }, REMEMBERED_ANSWERS);
    return answer;
  }

  private async adopted(): Promise<void> {
    await condition(() => this.ledger !== null);
  }

  // Signal handlers never throw: a throw here would fail the whole workflow.
  private fact(tell: (ledger: KeyLedger) => void): void {
    if (this.ledger) this.decide(tell);
    else this.early.push(tell);
  }

  /** Runs one decision of the ledger and starts what it asks for. */
  private decide<T>(decision: (ledger: KeyLedger) => T): T {
    const ledger = this.ledger!;
    this.messages += 1;
    this.hearLength();
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

  private start(effect: KeyEffect): void {
    switch (effect.kind) {
      case 'record':
        return this.writes.push(effect);
      case 'tellRoom':
        return this.tells.push(effect);
      case 'lease':
        return void this.follow(effect.session);
      case 'cut':
        return void this.cut(effect);
      case 'rotate':
        return void this.rotations.make(effect.toVersion);
    }
  }

  private async write({ record }: Effect<'record'>): Promise<void> {
    const { runId } = workflowInfo();
    const summary = `${record.from} → ${record.to}, ${record.reason}`;
    await mainActivities.recordTransition.executeWithOptions({ summary }, [{ ...record, runId }]);
    this.writtenNumber = record.transitionNumber;
    this.hearLength();
    indexKey(this.input, this.ledger!.state);
  }

  private async written(transitionNumber: number): Promise<void> {
    await condition(() => this.writtenNumber >= transitionNumber);
  }

  private async tellRoom({ roomWorkflowId, change }: Effect<'tellRoom'>): Promise<void> {
    try {
      await getExternalWorkflowHandle(roomWorkflowId).signal(keyChangedSignal, change);
    } catch (error) {
      // The room is closed or was terminated by hand: there is nobody to tell, and the key goes on.
      log.warn('the held room could not be told', {
        roomWorkflowId,
        keyState: change.keyState,
        error: String(error),
      });
    }
  }

  /** Follows a session by its lease until it ends. Whatever ends the lease ends the session, unless it ended before. */
  private async follow(session: SessionView): Promise<void> {
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

  private async cut({ session, reason, minKeyVersion }: Effect<'cut'>): Promise<void> {
    this.cutting.add(session.sessionId);
    try {
      const request = {
        sessionId: session.sessionId,
        reason,
        streamKeyId: this.input.streamKeyId,
        minKeyVersion,
      };
      const summary = `cut ${session.sessionId}, ${reason}`;
      await persistentControlOn(session.nodeId).cutPublisher.executeWithOptions({ summary }, [request]);
    } catch (error) {
      log.error('a publisher could not be cut', { sessionId: session.sessionId, error: String(error) });
    } finally {
      this.cutting.delete(session.sessionId);
    }
  }
}

/**
 * One member's stream key: the only writer of key state and the only place that grants *live* (design.md section 3).
 * Started by the first publish. Id: `streamkey:<app>:<member>`.
 */
export async function streamKeyWorkflow(input: StreamKeyInput): Promise<void> {
  const run = new StreamKeyRun(input);
  run.listen();
  await run.run();
}
