import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import { CodedError, isErrorCode, type ErrorCode } from '../domain/errors';

/** The type by which a key puts a publish off, whose rows are not written or whose next run is to answer: mostly milliseconds. */
export const ASK_AGAIN = 'ASK_AGAIN';

/** The failure that carries our code to a caller: its `type` is stable, its message is for people. */
export function failureOf(code: ErrorCode): ApplicationFailure {
  return ApplicationFailure.nonRetryable(new CodedError(code).message, code);
}

/** Runs a decision and turns its refusal into a failure, since any other error would wedge the workflow. */
export function refusing<T>(decide: () => T): T {
  try {
    return decide();
  } catch (error) {
    if (error instanceof CodedError) throw ApplicationFailure.nonRetryable(error.message, error.code);
    throw error;
  }
}

/** The code in a failed activity, or null when it failed without one (timeout, cancellation, a bug). */
export function codeOf(error: unknown): ErrorCode | null {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure && isErrorCode(cause.type) ? cause.type : null;
}
