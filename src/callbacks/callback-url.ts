import { CodedError } from '../domain/errors';

/** As long as any server takes. */
const MAX_URL_CHARACTERS = 2_048;

/**
 * Checks the address of an app's receiver: http or https, any port, no user name or password in it (those have settings of
 * their own, and URLs are shown). Whether the address behind it may be reached is settled when we connect.
 * Errors: INVALID_REQUEST.
 */
export function parseCallbackUrl(text: string): URL {
  const refuse = (why: string) => new CodedError('INVALID_REQUEST', `callback URL: ${why}`);
  if (text.length > MAX_URL_CHARACTERS) throw refuse(`takes at most ${MAX_URL_CHARACTERS} characters`);
  if (!URL.canParse(text) || text.includes('\0')) throw refuse('is no URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse('takes http or https');
  if (url.username !== '' || url.password !== '') throw refuse('takes no user name or password in it');
  return url;
}
