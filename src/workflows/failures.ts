import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import { CodedError, isErrorCode, type ErrorCode } from '../domain/errors';

/** The type by which a run refuses a publish when it is about to hand over: ask again, within milliseconds the next run answers. */
export const HANDING_OVER = 'HANDING_OVER';

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
