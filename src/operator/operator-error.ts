/** What an operator has to correct, in one sentence. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}
