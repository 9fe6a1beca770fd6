import type { Client } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory, type UpdateDefinition } from '@temporalio/common';
import { streamKeyWorkflowId } from '../domain/ids';
import { within } from '../temporal/client';
import { codedFrom, isWorkflowNotFound } from '../temporal/errors';
import { withStreamKeyStarted } from '../temporal/start-stream-key';
import { claimUpdate, keyForceEndUpdate, releaseUpdate, roomStatusUpdate } from '../workflows/messages';
import { beatingWhenSlow } from './beating';
import type { AskActivities, AskKeyAnswer, AskKeyRequest } from './types';

/** A forced end waits up to 2 s for the cut and for two writes; beyond this the attempt is repeated with the same id. */
const ASK_TIMEOUT_MS = 20_000;

/**
 * Asks a stream key's workflow by Update and returns its word: a key whose workflow is missing goes on from its row
 * first. Fails with the key's code, not retried, where it refuses; fails retryably where Temporal did not answer.
 */
export function createAskKey(client: Client): AskActivities['askKey'] {
  return beatingWhenSlow(async (request) => {
    try {
      return await within(client, ASK_TIMEOUT_MS, () => ask(client, request));
    } catch (error) {
      const coded = codedFrom(error);
      if (coded.code === 'CONTROL_PLANE_UNAVAILABLE') throw error;
      // The key's no is an answer, not a fault: it pages nobody.
      const category = ApplicationFailureCategory.BENIGN;
      throw ApplicationFailure.create({
        type: coded.code,
        message: coded.message,
        nonRetryable: true,
        category,
      });
    }
  });
}

const UPDATES = {
  claim: claimUpdate,
  roomStatus: roomStatusUpdate,
  release: releaseUpdate,
  forceEnd: keyForceEndUpdate,
};

/** A held key's workflow nearly always runs: it is asked plainly, which costs the server less; a missing one is started. */
async function ask({ workflow }: Client, request: AskKeyRequest): Promise<AskKeyAnswer> {
  const { updateId, update, key, arg } = request;
  // Question and answer belong together by their name; the union is told apart again by who asked.
  const definition = UPDATES[update] as UpdateDefinition<unknown, [typeof arg]>;
  const options = { updateId, args: [arg] as [typeof arg] };
  try {
    const running = workflow.getHandle(streamKeyWorkflowId(key.appId, key.memberId));
    return { update, answer: await running.executeUpdate(definition, options) } as AskKeyAnswer;
  } catch (error) {
    if (!isWorkflowNotFound(error)) throw error;
  }
  const startWorkflowOperation = withStreamKeyStarted(key);
  const answer = await workflow.executeUpdateWithStart(definition, { ...options, startWorkflowOperation });
  return { update, answer } as AskKeyAnswer;
}
