import type { Knex } from 'knex';
import { createApp, findAppByApiKey, type AppCredentials } from './apps';
import { upsertMember } from './members';
import { findStreamKeyOfMember } from './stream-keys';
import type { Vault } from './vault';

const DEMO_APP_NAME = 'Showrunner demo';
const DEMO_APP_USER_ID = 'demo-member';

/** What the first start shows and keeps in credentials.json. */
export interface DemoCredentials {
  appId: number;
  apiKey: string;
  apiSecret: string;
  appUserId: string;
  streamKey: string;
}

export interface DemoOptions {
  knex: Knex;
  vault: Vault;
  /** What an earlier start kept: only there is the secret readable. */
  credentials?: AppCredentials | null;
}

/**
 * The demo app with a member and its stream key; safe to call at every start. Kept credentials go on to work, also on a new,
 * empty database. Without them the demo app gets a new secret, since nobody can know the old one. The stream key is always the
 * present one.
 */
export async function ensureDemoApp({ knex, vault, credentials }: DemoOptions): Promise<DemoCredentials> {
  const app = credentials ? await keepApp(knex, vault, credentials) : await renewApp(knex, vault);
  const member =
    (await knex('members')
      .where({ app_id: app.id, app_user_id: DEMO_APP_USER_ID })
      .first<{ id: number }>('id')) ??
    (await upsertMember(knex, vault, app.id, DEMO_APP_USER_ID, { appUserName: 'Demo member' }));
  const key = await findStreamKeyOfMember(knex, app.id, member.id);
  if (!key) throw new Error('the demo member has no stream key');
  return {
    appId: app.id,
    apiKey: app.apiKey,
    apiSecret: app.apiSecret,
    appUserId: DEMO_APP_USER_ID,
    streamKey: vault.decryptStreamKey(key.id, key.key_ciphertext),
  };
}

type DemoApp = AppCredentials & { id: number };

async function keepApp(knex: Knex, vault: Vault, credentials: AppCredentials): Promise<DemoApp> {
  const app = await findAppByApiKey(knex, credentials.apiKey);
  if (!app) return createApp(knex, vault, { name: DEMO_APP_NAME, credentials });
  if (!vault.apiSecretMatches(credentials.apiSecret, app.api_secret_hash))
    await setSecret(knex, vault, app.id, credentials.apiSecret);
  return { id: app.id, apiKey: credentials.apiKey, apiSecret: credentials.apiSecret };
}

async function renewApp(knex: Knex, vault: Vault): Promise<DemoApp> {
  const app = await knex('apps')
    .where({ name: DEMO_APP_NAME })
    .orderBy('id')
    .first<{ id: number; api_key: string } | undefined>();
  if (!app) return createApp(knex, vault, { name: DEMO_APP_NAME });
  const apiSecret = vault.newApiSecret();
  await setSecret(knex, vault, app.id, apiSecret);
  return { id: app.id, apiKey: app.api_key, apiSecret };
}

async function setSecret(knex: Knex, vault: Vault, appId: number, apiSecret: string): Promise<void> {
  await knex('apps')
    .where({ id: appId })
    .update({ api_secret_hash: vault.hashApiSecret(apiSecret), last_modified_at: knex.fn.now(3) });
}
