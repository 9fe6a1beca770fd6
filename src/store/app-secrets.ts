import type { Knex } from 'knex';
import type { AppCredentials, AppRow } from './apps';
import type { Vault } from './vault';

/** After a rotation the old secret is taken as well for this long, so that backends can be changed without a gap. */
const OVERLAP_MS = 24 * 60 * 60_000;
/** Compared where there is none, so that a wrong key takes as long as a wrong secret. */
const NO_HASH = Buffer.alloc(32);

/** Is it the app's secret, or the one of before while both count? */
export function isApiSecretOf(vault: Vault, app: AppRow | undefined, secret: string): boolean {
  const isPresent = vault.apiSecretMatches(secret, app?.api_secret_hash ?? NO_HASH);
  const isPrevious = vault.apiSecretMatches(secret, app?.previous_api_secret_hash ?? NO_HASH);
  if (!app) return false;
  const { previous_api_secret_until: until } = app;
  return isPresent || (isPrevious && until !== null && until.getTime() > Date.now());
}

/**
 * Gives an app a new API secret: shown now, or never. The one before counts for 24 h more, or not at all (`atOnce`: it leaked);
 * an even older one no longer does.
 */
export async function rotateApiSecret(
  knex: Knex,
  vault: Vault,
  appId: number,
  { atOnce }: { atOnce: boolean },
): Promise<AppCredentials & { id: number; previousSecretUntil: string | null }> {
  const apiSecret = vault.newApiSecret();
  const until = atOnce ? null : new Date(Date.now() + OVERLAP_MS);
  const [row] = await knex('apps')
    .where({ id: appId })
    .update({
      previous_api_secret_hash: atOnce ? null : knex.ref('api_secret_hash'),
      previous_api_secret_until: until,
      api_secret_hash: vault.hashApiSecret(apiSecret),
      last_modified_at: knex.fn.now(3),
    })
    .returning<{ api_key: string }[]>('api_key');
  if (!row) throw new Error(`there is no app ${appId}`);
  return { id: appId, apiKey: row.api_key, apiSecret, previousSecretUntil: until?.toISOString() ?? null };
}
