import { ApplicationFailure, condition, currentUpdateInfo } from '@temporalio/workflow';
import { ASK_AGAIN } from '../failures';
import type {
  ClaimGrant,
  ClaimRequest,
  KeyForceEndAnswer,
  KeyForceEndRequest,
  KeyReissueAnswer,
  PublishGrant,
  PublishRequest,
  ReleaseAnswer,
  ReleaseRequest,
  RoomStatusAnswer,
  RoomStatusRequest,
} from '../messages';
import { isPatched } from '../patches';
import { workflowNowMs } from '../time';
import type { Ending } from './ending';
import type { KeyJournal } from './journal';
import type { RememberedAnswer } from './ledger-state';
import { remember, REMEMBERED_ANSWERS } from './memory';

/** A forced end's answer waits this long for the cut; then the cut goes on in the background (design.md section 3). */
const CUT_ANSWER_WAIT_MS = 2_000;

/** What a key is asked, each answered once what it decided is written. */
export class KeyQuestions {
  constructor(
    private readonly journal: KeyJournal,
    private readonly ending: Ending,
  ) {}

  /**
   * An encoder that comes back at once must not put the hand-over off for ever: its node asks again, and the next run answers.
   * Nor does a publish wait in here for rows: Temporal takes ten open questions a run, and a forced end must be among them.
   */
  checkPublish(request: PublishRequest): void {
    const { journal } = this;
    journal.check((ledger) => ledger.checkPublish(request, workflowNowMs()));
    const mustWait = journal.known !== null && !journal.records.has(journal.known.transitionNumber);
    if (mustWait || this.ending.isHandingOver) throw ApplicationFailure.nonRetryable('ask again', ASK_AGAIN);
  }

  async publish(request: PublishRequest): Promise<PublishGrant> {
    const { journal } = this;
    await journal.adopted();
    // What was decided before is written first: nothing is to wait for, unless a run has just gone on from a row that was behind.
    await journal.records.written(journal.state.transitionNumber);
    return journal.decide((ledger) => ledger.publish(request, workflowNowMs()));
  }

  /**
   * Answered before the key's row is written: the grant is in the history, and nobody hears of the go live before the room's row
   * says LIVE, by which a key whose history is lost in between finds the room again (`reclaim`).
   */
  claim(request: ClaimRequest): Promise<ClaimGrant> {
    return this.once(async () => {
      const grant = this.journal.decide((ledger) => ledger.claim(request, workflowNowMs()));
      if (!isPatched('grant-before-row-0.2')) await this.journal.records.written(grant.transitionNumber);
      return grant;
    });
  }

  async roomStatus(request: RoomStatusRequest): Promise<RoomStatusAnswer> {
    await this.journal.adopted();
    return this.journal.decide((ledger) => ledger.roomStatus(request));
  }

  release(request: ReleaseRequest): Promise<ReleaseAnswer> {
    return this.once(async () => {
      const answer = this.journal.decide((ledger) => ledger.release(request));
      await this.journal.records.written(answer.transitionNumber);
      return answer;
    });
  }

  forceEnd(request: KeyForceEndRequest): Promise<KeyForceEndAnswer> {
    const { journal } = this;
    return this.once(async () => {
      const sessionId = journal.state.session?.sessionId ?? '';
      const asked = { ...request, roomId: request?.roomId ?? null };
      const answer = journal.decide((ledger) => ledger.forceEnd(asked));
      if (answer.outcome !== 'forced') return answer;
      const version = journal.state.minKeyVersion;
      await journal.records.written(answer.transitionNumber);
      await journal.rotations.reached(version);
      const summary = 'wait for the cut';
      await condition(() => journal.publishers.isCut(sessionId), CUT_ANSWER_WAIT_MS, { summary });
      return answer;
    });
  }

  reissue(): Promise<KeyReissueAnswer> {
    return this.once(async () => {
      const answer = this.journal.decide((ledger) => ledger.reissue());
      await this.journal.rotations.reached(answer.keyVersion);
      return answer;
    });
  }

  /** A question that the run before this one has answered gets the same answer: its asker did not hear it. */
  private async once<T extends RememberedAnswer['answer']>(answerNow: () => Promise<T>): Promise<T> {
    await this.journal.adopted();
    const { state } = this.journal;
    const updateId = currentUpdateInfo()!.id;
    const known = state.answers.find((answered) => answered.updateId === updateId);
    if (known) return known.answer as T;
    const answer = await answerNow();
    state.answers = remember(state.answers, { updateId, answer }, REMEMBERED_ANSWERS);
    return answer;
  }
}
