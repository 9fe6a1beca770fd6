import type { Client } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { within } from '../temporal/client';
import { codedFrom } from '../temporal/errors';
import { withStreamKeyStarted } from '../temporal/start-stream-key';
import { claimUpdate, keyForceEndUpdate, releaseUpdate, roomStatusUpdate } from '../workflows/messages';
import type { AskActivities, AskKeyAnswer, AskKeyRequest } from './types';

/** A forced end waits up to 2 s for the cut and for two writes; beyond this the attempt is repeated with the same id. */
const ASK_TIMEOUT_MS = 20_000;

/**
 * Asks a stream key's workflow by Update-with-Start and returns its word: a key whose workflow is missing goes on from its row
 * first. Fails with the key's code, not retried, where it refuses; fails retryably where Temporal did not answer.
 */
export function createAskKey(client: Client): AskActivities['askKey'] {
  return async (request) => {
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
  };
}

async function ask({ workflow }: Client, request: AskKeyRequest): Promise<AskKeyAnswer> {
  const { updateId, update, key } = request;
  const startWorkflowOperation = withStreamKeyStarted(key);
  const options = { updateId, startWorkflowOperation };
  switch (update) {
    case 'claim':
      return {
        update,
        answer: await workflow.executeUpdateWithStart(claimUpdate, { ...options, args: [request.arg] }),
      };
    case 'roomStatus':
      return {
        update,
        answer: await workflow.executeUpdateWithStart(roomStatusUpdate, { ...options, args: [request.arg] }),
      };
    case 'release':
      return {
        update,
        answer: await workflow.executeUpdateWithStart(releaseUpdate, { ...options, args: [request.arg] }),
      };
    case 'forceEnd':
      return {
        update,
        answer: await workflow.executeUpdateWithStart(keyForceEndUpdate, { ...options, args: [request.arg] }),
      };
  }
}
