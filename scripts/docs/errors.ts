import { ERRORS, type ErrorCode } from '../../src/domain/errors';
import { isFlipFlops } from '../lib/flipflop-errors';
import { table } from '../lib/markdown';

interface Spec {
  status: number;
  message: string;
  fault: string;
  retryable: boolean;
}

/** What whoever got it should do, beside what the message itself says. */
function whatToDo({ status, fault, retryable }: Spec): string {
  if (fault === 'us')
    return retryable
      ? 'Repeat it a little later, with the same Idempotency-Key; if it stays, tell the operator the X-Request-Id.'
      : 'Repeating does not help. Tell the operator.';
  if (status === 401) return 'Correct the credentials, or get new ones.';
  if (status === 429) return 'Wait as many seconds as Retry-After says.';
  if (retryable) return 'Bring about what the message asks for, then repeat the same request.';
  if (status === 404) return 'Correct the id or path; ids of other apps count as unknown.';
  return 'Correct the request; unchanged it is refused again.';
}

const DOCUMENT = `<!-- Generated from src/domain/errors.ts by scripts/docs/errors.ts ("npm run docs"). Do not edit. -->

# Errors

Every error of the API has exactly two members, \`errorCode\` and \`errorMessage\`. Codes are stable, messages may change. A
refusal changes nothing, and conflicts of state are 400, as in FlipFlop Cloud. Codes marked _ours_ do not exist there. The
last ones are told to encoders and in rows and callbacks, in the same words.

${table(
  ['code', 'status', 'means', 'what to do', 'may work later', 'whose'],
  (Object.entries(ERRORS) as [ErrorCode, Spec][]).map(([code, spec]) => [
    `\`${code}\``,
    String(spec.status),
    spec.message,
    whatToDo(spec),
    spec.retryable ? 'yes' : 'no',
    isFlipFlops(code) ? "FlipFlop's" : '_ours_',
  ]),
)}
`;

/** docs/errors.md from the catalogue of errors. */
export function render() {
  return [{ path: 'docs/errors.md', content: DOCUMENT }];
}
