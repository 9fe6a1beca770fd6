import { CodedError } from '../../../src/domain/errors';

/** The code by which something was refused; the error's text when it was refused otherwise, or not at all. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  return error instanceof CodedError ? error.code : String(error);
}
