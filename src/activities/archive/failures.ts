import { ApplicationFailure } from '@temporalio/common';
import { CodedError, ERRORS } from '../../domain/errors';

/** Runs an activity's work; our coded errors become failures whose type is the code, retried only where that may help. */
export async function tellingFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const { retryable } = ERRORS[error.code];
    throw ApplicationFailure.create({
      message: error.message,
      type: error.code,
      nonRetryable: !retryable,
      cause: error,
    });
  }
}
