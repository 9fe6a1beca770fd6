import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { ADDRESS_REFUSED, type AttemptOutcome } from '../domain/callbacks';
import type { AddressPolicy } from './address-policy';
import { NameLookUps, type LookUp } from './look-up';
import { retryAfterMs } from './retry-after';

/** From the look-up of the name to the end of the answer. Receivers are to say "taken" and work afterwards. */
const DEADLINE_MS = 10_000;
/** An answer's body means nothing to us: it is read so that the receiver can end in order, up to this. */
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
/** "100 Continue" and its like before the answer: none is asked for, and each costs us a parsed head. */
const MAX_INTERIM_ANSWERS = 16;

/** One for the process, since what it spares are the process's threads. */
const names = new NameLookUps();

export interface PostOptions {
  policy: AddressPolicy;
  /** Ends the attempt early: the process stops. */
  signal?: AbortSignal;
  deadlineMs?: number;
  lookUp?: LookUp;
}

/** Its message is the code that the delivery log shows. */
class AttemptError extends Error {}

/** The socket gets only addresses that were just judged, so nothing can change between the judgement and the connection. */
const judgedLookUp =
  (policy: AddressPolicy, resolve: LookUp): LookupFunction =>
  (hostname, options, done) => {
    resolve(hostname, (error, found) => {
      if (error) return done(error, '');
      const [first, ...others] = found.filter(({ address }) => policy.allows(address));
      if (!first) return done(new AttemptError(ADDRESS_REFUSED), '');
      if (options.all) done(null, [first, ...others]);
      else done(null, first.address, first.family);
    });
  };

/** An address that stands in the URL itself is never looked up, so it is judged here. */
function isRefusedLiteral(url: URL, policy: AddressPolicy): boolean {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) !== 0 && !policy.allows(host);
}

const failed = (error: unknown): AttemptOutcome => {
  const code = error instanceof AttemptError ? error.message : (error as NodeJS.ErrnoException).code;
  return { status: null, error: code ?? 'CONNECTION_FAILED', retryAfterMs: null };
};

const outcomeOf = ({ statusCode, headers }: IncomingMessage): AttemptOutcome => ({
  status: statusCode ?? 0,
  error: null,
  retryAfterMs: retryAfterMs(headers['retry-after']),
});

/**
 * Sends one POST on a connection of its own and answers what came of it; never rejects. Redirects are not followed. The
 * status counts once it is there, also where the rest of the answer is too long or too slow and is cut off.
 */
export function postOnce(
  url: URL,
  headers: Record<string, string>,
  body: string,
  options: PostOptions,
): Promise<AttemptOutcome> {
  const { policy, signal } = options;
  if (isRefusedLiteral(url, policy)) return Promise.resolve(failed(new AttemptError(ADDRESS_REFUSED)));
  const settings: RequestOptions = {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    agent: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    lookup: judgedLookUp(policy, options.lookUp ?? names.lookUp),
  };
  return new Promise((resolve) => {
    const request = url.protocol === 'https:' ? requestHttps(url, settings) : requestHttp(url, settings);
    const stop = (why: string) => () => request.destroy(new AttemptError(why));
    const late = setTimeout(stop('DEADLINE'), options.deadlineMs ?? DEADLINE_MS);
    const stopped = stop('STOPPED');
    if (signal?.aborted) stopped();
    signal?.addEventListener('abort', stopped, { once: true });
    const settle = (outcome: AttemptOutcome) => {
      clearTimeout(late);
      signal?.removeEventListener('abort', stopped);
      resolve(outcome);
    };
    let answered: AttemptOutcome | null = null;
    request.on('error', (error) => settle(answered ?? failed(error)));
    request.on('response', (answer) => {
      const outcome = outcomeOf(answer);
      answered = outcome;
      const settled = () => settle(outcome);
      readToEnd(answer).then(settled, settled);
    });
    let interim = 0;
    request.on('information', () => {
      interim += 1;
      if (interim > MAX_INTERIM_ANSWERS) stop('TOO_MANY_INTERIM_ANSWERS')();
    });
    // Another protocol than asked for: Node hands the connection over, and tells of no response and no error.
    request.on('upgrade', (answer, socket) => {
      socket.destroy();
      settle(outcomeOf(answer));
    });
    // Nothing comes after it, whatever came before.
    request.on('close', () => settle(answered ?? failed(new AttemptError('CONNECTION_FAILED'))));
    request.end(body);
  });
}

/** Reads and forgets. Rejects where the answer is cut, by us or by the receiver. */
async function readToEnd(answer: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += (chunk as Buffer).length;
    // Leaving the loop destroys the answer, and its connection with it.
    if (bytes > MAX_ANSWER_BYTES) return;
  }
}
