import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { CallbackSettings } from '../store/callback-settings';

/**
 * The headers of one attempt. Standard Webhooks' id stays the same over repeats, its time is the attempt's. While secrets
 * rotate there is a signature of each: a receiver takes the one that it can check.
 */
export function callbackHeaders(
  id: string,
  body: string,
  settings: Pick<CallbackSettings, 'id' | 'password' | 'secrets'>,
  now: Date,
): Record<string, string> {
  const signatures = settings.secrets.map((secret) => new Webhook(secret).sign(id, now, body));
  return {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Showrunner-Callbacks/1',
    'x-request-id': randomUUID(),
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    ...(signatures.length === 0 ? {} : { 'webhook-signature': signatures.join(' ') }),
    ...(settings.id === null ? {} : { authorization: basic(settings.id, settings.password ?? '') }),
  };
}

const basic = (id: string, password: string): string =>
  `Basic ${Buffer.from(`${id}:${password}`, 'utf8').toString('base64')}`;
