import type { Client } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { ErrorCode } from '../domain/errors';
import { within } from '../temporal/client';
import { codedFrom, isWorkflowNotFound } from '../temporal/errors';
import { claimUpdate, keyForceEndUpdate, releaseUpdate } from '../workflows/messages';
import type { AskActivities, AskKeyAnswer, AskKeyRequest } from './types';

/** A forced end waits up to 2 s for the cut and for two writes; beyond this the attempt is repeated with the same id. */
const ASK_TIMEOUT_MS = 20_000;

/**
 * Asks a stream key's workflow by Update and returns its word. Fails with the key's code, not retried, where it refuses;
 * fails retryably where Temporal did not answer. A key without a workflow has never published: it holds nothing.
 */
export function createAskKey(client: Client): AskActivities['askKey'] {
  return async (request) => {
    try {
      return await within(client, ASK_TIMEOUT_MS, () => ask(client, request));
    } catch (error) {
      if (isWorkflowNotFound(error)) return unknownKey(request);
      const coded = codedFrom(error);
      if (coded.code === 'CONTROL_PLANE_UNAVAILABLE') throw error;
      throw refusal(coded.code, coded.message);
    }
  };
}

async function ask(client: Client, request: AskKeyRequest): Promise<AskKeyAnswer> {
  const key = client.workflow.getHandle(request.keyWorkflowId);
  const { updateId, update } = request;
  switch (update) {
    case 'claim':
      return { update, answer: await key.executeUpdate(claimUpdate, { args: [request.arg], updateId }) };
    case 'release':
      return { update, answer: await key.executeUpdate(releaseUpdate, { args: [request.arg], updateId }) };
    case 'forceEnd':
      return {
        update,
        answer: await key.executeUpdate(keyForceEndUpdate, { args: [request.arg], updateId }),
      };
  }
}

function unknownKey({ update }: AskKeyRequest): AskKeyAnswer {
  if (update === 'claim') {
    throw refusal('STREAM_KEY_STATE_NOT_ACTIVE', 'the key has never been published');
  }
  return { update, answer: { outcome: 'not_held', transitionNumber: 0 } } as AskKeyAnswer;
}

/** The key's no is an answer, not a fault: it pages nobody. */
const refusal = (type: ErrorCode, message: string): ApplicationFailure =>
  ApplicationFailure.create({
    type,
    message,
    nonRetryable: true,
    category: ApplicationFailureCategory.BENIGN,
  });
