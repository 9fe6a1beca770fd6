import { condition, getExternalWorkflowHandle, log, setHandler, workflowInfo } from '@temporalio/workflow';
import type { SessionEndReason } from '../../domain/session-end-reason';
import { EffectQueue } from '../effect-queue';
import { codeOf, refusing } from '../failures';
import {
  claimUpdate,
  keyChangedSignal,
  keyForceEndUpdate,
  publishUpdate,
  releaseUpdate,
  unpublishSignal,
  viewableSignal,
  type ClaimGrant,
  type ClaimRequest,
  type KeyForceEndAnswer,
  type KeyForceEndRequest,
  type PublishGrant,
  type PublishRequest,
  type ReleaseAnswer,
  type ReleaseRequest,
  type SessionView,
  type StreamKeyInput,
  type UnpublishTell,
  type ViewableTell,
} from '../messages';
import { leaseOn, mainActivities, persistentControlOn } from '../proxies';
import { workflowNowMs } from '../time';
import { showKey } from './details';
import type { KeyEffect } from './effects';
import { KeyLedger } from './ledger';

/** A forced end's answer waits this long for the cut; then the cut goes on in the background (design.md section 3). */
const CUT_ANSWER_WAIT_MS = 2_000;

type Effect<K extends KeyEffect['kind']> = Extract<KeyEffect, { kind: K }>;

/** Wires the ledger to Temporal: messages in, effects out. Holds no rule of its own. */
class StreamKeyRun {
  private readonly ledger: KeyLedger;
  private readonly writes = new EffectQueue<Effect<'record'>>((effect) => this.write(effect));
  private readonly tells = new EffectQueue<Effect<'tellRoom'>>((effect) => this.tellRoom(effect));
  private writtenNumber: number;
  /** Sessions whose node was asked to cut them, and has not answered. */
  private readonly cutting = new Set<string>();
  private rotatedVersion: number;

  constructor(private readonly input: StreamKeyInput) {
    this.ledger = new KeyLedger(input);
    this.writtenNumber = input.transitionNumber;
    this.rotatedVersion = input.keyVersion;
  }

  listen(): void {
    // First the facts: what waits for its handler runs when that is set, and an unpublish that came with, or before,
    // its publish must win also in a run's very first task.
    setHandler(unpublishSignal, (tell) => this.unpublish(tell), {
      description: 'A media node tells the end of a session.',
    });
    setHandler(viewableSignal, (tell) => this.viewable(tell), {
      description: 'A media node tells that a session can be played.',
    });
    setHandler(publishUpdate, (request) => this.publish(request), {
      validator: (request: PublishRequest) =>
        refusing(() => this.ledger.checkPublish(request, workflowNowMs())),
      description: 'A media node asks whether a session may publish. The answer carries its epoch.',
    });
    setHandler(claimUpdate, (request) => this.claim(request), {
      description: 'A room asks to be the live room of this key. Use goLive on the room instead.',
    });
    setHandler(releaseUpdate, (request) => this.release(request), {
      description: 'A room gives the key back. Use endBroadcast on the room instead.',
    });
    setHandler(keyForceEndUpdate, (request) => this.forceEnd(request), {
      description: 'Ends session and live room at once and rotates the key: {"roomId": null}.',
    });
  }

  async run(): Promise<void> {
    showKey(this.input, this.ledger.state, null);
    const never = () => false;
    await Promise.all([this.writes.run(never), this.tells.run(never)]);
  }

  private publish(request: PublishRequest): PublishGrant {
    return this.decide(() => this.ledger.publish(request, workflowNowMs()));
  }

  private async claim(request: ClaimRequest): Promise<ClaimGrant> {
    const grant = this.decide(() => this.ledger.claim(request, workflowNowMs()));
    await this.written(grant.transitionNumber);
    return grant;
  }

  private async release(request: ReleaseRequest): Promise<ReleaseAnswer> {
    const answer = this.decide(() => this.ledger.release(request));
    await this.written(answer.transitionNumber);
    return answer;
  }

  private async forceEnd(request: KeyForceEndRequest): Promise<KeyForceEndAnswer> {
    const sessionId = this.ledger.state.session?.sessionId ?? '';
    const answer = this.decide(() => this.ledger.forceEnd({ roomId: request?.roomId ?? null }));
    if (answer.outcome !== 'forced') return answer;
    const version = this.ledger.state.minKeyVersion;
    await this.written(answer.transitionNumber);
    await condition(() => this.rotatedVersion >= version);
    await condition(() => !this.cutting.has(sessionId), CUT_ANSWER_WAIT_MS, { summary: 'wait for the cut' });
    return answer;
  }

  // Signal handlers never throw: a throw here would fail the whole workflow.
  private unpublish(tell: UnpublishTell): void {
    this.decide(() => this.ledger.unpublish(tell));
  }

  private viewable(tell: ViewableTell): void {
    this.decide(() => this.ledger.viewable(tell));
  }

  /** Runs one decision of the ledger and starts what it asks for. */
  private decide<T>(decision: () => T): T {
    const before = this.ledger.state.transitionNumber;
    const result = refusing(decision);
    let reason: string | null = null;
    for (const effect of this.ledger.takeEffects()) {
      if (effect.kind === 'record') reason = effect.record.reason;
      this.start(effect);
    }
    if (this.ledger.state.transitionNumber !== before) showKey(this.input, this.ledger.state, reason);
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
        return void this.rotate(effect.toVersion);
    }
  }

  private async write({ record }: Effect<'record'>): Promise<void> {
    const { runId } = workflowInfo();
    const summary = `${record.from} → ${record.to}, ${record.reason}`;
    await mainActivities.recordTransition.executeWithOptions({ summary }, [{ ...record, runId }]);
    this.writtenNumber = record.transitionNumber;
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
    this.decide(() =>
      lost
        ? this.ledger.sessionLost(session, lost)
        : this.ledger.unpublish({ sessionId, epoch, reason: told }),
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

  private async rotate(toVersion: number): Promise<void> {
    const request = { streamKeyId: this.input.streamKeyId, toVersion };
    await mainActivities.rotateStreamKey.executeWithOptions({ summary: `key version ${toVersion}` }, [
      request,
    ]);
    this.rotatedVersion = Math.max(this.rotatedVersion, toVersion);
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
