import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { CodedError, ERRORS } from '../../domain/errors';

/** A transcode that failed so often on the same input will not get better by itself; an operator can ask again. */
const MAX_TRANSCODE_ATTEMPTS = 5;
/** Some four minutes of backoff: a disk that is full for longer needs somebody, and then an archive that is asked for again. */
const MAX_DISK_FULL_ATTEMPTS = 12;
/** Errors without a code are storage's, or bugs: some ten minutes of backoff, then somebody should look. */
const MAX_UNKNOWN_ATTEMPTS = 20;

/**
 * Runs an activity's work; our coded errors become failures whose type is the code, retried only where that may help: a database
 * that is away is waited for, as long as it takes.
 */
export async function tellingFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TemporalFailure) throw error;
    const coded = isDiskFull(error) ? new CodedError('DISK_FULL') : error;
    if (coded instanceof CodedError) throw failure(coded, coded.code, !mayGetBetter(coded));
    if (error instanceof Error && activityInfo().attempt >= MAX_UNKNOWN_ATTEMPTS)
      throw failure(error, error.name, true);
    throw error;
  }
}

function mayGetBetter({ code }: CodedError): boolean {
  if (code === 'TRANSCODE_FAILED' && activityInfo().attempt >= MAX_TRANSCODE_ATTEMPTS) return false;
  if (code === 'DISK_FULL' && activityInfo().attempt >= MAX_DISK_FULL_ATTEMPTS) return false;
  return ERRORS[code].retryable;
}

const isDiskFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');

const failure = (cause: Error, type: string, nonRetryable: boolean): ApplicationFailure =>
  ApplicationFailure.create({ message: cause.message, type, nonRetryable, cause });
