import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import { CodedError, isErrorCode } from '../domain/errors';
import { ASK_AGAIN } from '../workflows/failures';

export const isWorkflowNotFound = (error: unknown): boolean => error instanceof WorkflowNotFoundError;

/** A key can not answer just now: its rows are being written, or its next run answers. */
export const isPutOff = (error: unknown): boolean =>
  error instanceof WorkflowUpdateFailedError &&
  error.cause instanceof ApplicationFailure &&
  error.cause.type === ASK_AGAIN;

/**
 * What a failed call to Temporal means to a caller: the workflow's refusal with its own code, else that the control
 * plane could not be reached (away, no worker, out of time). Says nothing about whether the call may still act.
 */
export function codedFrom(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : error;
  if (cause instanceof ApplicationFailure && isErrorCode(cause.type)) return new CodedError(cause.type);
  return new CodedError('CONTROL_PLANE_UNAVAILABLE', reachabilityDetail(error));
}

function reachabilityDetail(error: unknown): string {
  const text =
    error instanceof Error
      ? error.cause instanceof Error
        ? error.cause.message
        : error.message
      : String(error);
  return text.slice(0, 200);
}
