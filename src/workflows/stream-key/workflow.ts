import { continueAsNew, setHandler } from '@temporalio/workflow';
import {
  claimUpdate,
  getKeyStateQuery,
  keyForceEndUpdate,
  publishUpdate,
  reissueUpdate,
  releaseUpdate,
  roomStatusUpdate,
  unpublishSignal,
  viewableSignal,
  type PublishRequest,
  type StreamKeyInput,
} from '../messages';
import { Ending } from './ending';
import { KeyJournal } from './journal';
import { KeyQuestions } from './questions';

function listen(journal: KeyJournal, questions: KeyQuestions): void {
  // First the facts: what waits for its handler runs when that is set, and an unpublish that came with, or before,
  // its publish must win also in a run's very first task.
  setHandler(unpublishSignal, (tell) => journal.fact((ledger) => ledger.unpublish(tell)), {
    description: 'A media node tells the end of a session.',
  });
  setHandler(viewableSignal, (tell) => journal.fact((ledger) => ledger.viewable(tell)), {
    description: 'A media node tells that a session can be played.',
  });
  setHandler(publishUpdate, (request) => questions.publish(request), {
    validator: (request: PublishRequest) => questions.checkPublish(request),
    description: 'A media node asks whether a session may publish. The answer carries its epoch.',
  });
  setHandler(claimUpdate, (request) => questions.claim(request), {
    description: 'A room asks to be the live room of this key. Use goLive on the room instead.',
  });
  setHandler(roomStatusUpdate, (request) => questions.roomStatus(request), {
    description: 'A room whose run was lost asks what the key knows of it.',
  });
  setHandler(releaseUpdate, (request) => questions.release(request), {
    description: 'A room gives the key back. Use endBroadcast on the room instead.',
  });
  setHandler(keyForceEndUpdate, (request) => questions.forceEnd(request), {
    description: 'Ends session and live room at once and rotates the key: {"roomId": null}.',
  });
  setHandler(reissueUpdate, () => questions.reissue(), {
    description: 'Gives a key that nobody uses a new secret: the old one is refused from then on.',
  });
  setHandler(getKeyStateQuery, () => journal.known, { description: 'All that the key knows.' });
}

/** The next run has this one's id, input and knowledge, and takes over the row from it. */
function handOver(input: StreamKeyInput, journal: KeyJournal): Promise<never> {
  const { facts: _facts, ...rest } = input;
  return continueAsNew<typeof streamKeyWorkflow>({ ...rest, handedOver: journal.state });
}

/**
 * One member's stream key: the only writer of key state and the only place that grants *live* (design.md section 3).
 * Started by the first publish. Id: `streamkey:<app>:<member>`.
 */
export async function streamKeyWorkflow(input: StreamKeyInput): Promise<void> {
  const journal = new KeyJournal(input);
  const ending = new Ending(journal, input.idleMs);
  listen(journal, new KeyQuestions(journal, ending));
  await journal.begin();
  const isOver = () => ending.isOver;
  const [end] = await Promise.all([ending.reached(), journal.records.run(isOver), journal.tells.run(isOver)]);
  if (end === 'long') await handOver(input, journal);
}
