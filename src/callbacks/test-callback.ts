import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import { readCallbackSettings } from '../store/callback-settings';
import type { AppRow } from '../store/apps';
import type { Vault } from '../store/vault';
import type { AddressPolicy } from './address-policy';
import { parseCallbackUrl } from './callback-url';
import { callbackHeaders } from './headers';
import { postOnce } from './post';

export interface TestCallbackResult {
  url: string;
  /** Null where there was no answer; then `error` says why. */
  status: number | null;
  error: string | null;
  durationMs: number;
}

/**
 * Sends one callback of the type CALLBACK_TEST to the app's receiver, once, outside of all lines, and answers what came of it.
 * Errors: CALLBACK_NOT_CONFIGURED.
 */
export async function testCallback(
  knex: Knex,
  vault: Vault,
  appId: number,
  policy: AddressPolicy,
): Promise<TestCallbackResult> {
  const app = await knex('apps').where({ id: appId }).first<AppRow | undefined>();
  const settings = await readCallbackSettings(knex, vault, appId);
  if (!app || !settings?.url) throw new CodedError('CALLBACK_NOT_CONFIGURED');
  const id = randomUUID();
  const body = JSON.stringify({
    id,
    type: 'CALLBACK_TEST',
    app: {
      id: app.id,
      state: app.entity_state,
      name: app.name,
      defaultRtmpOutputMode: app.default_rtmp_output_mode,
    },
    data: {},
    createdAt: new Date().toISOString(),
  });
  const startedAt = performance.now();
  const headers = callbackHeaders(id, body, settings, new Date());
  const { status, error } = await postOnce(parseCallbackUrl(settings.url), headers, body, { policy });
  return { url: settings.url, status, error, durationMs: Math.round(performance.now() - startedAt) };
}
