import type { Knex } from 'knex';
import type { OutputMode } from '../domain/output-mode';
import type { Vault } from './vault';

export type EntityState = 'ACTIVE' | 'DELETED';

/** A tenant. */
export interface AppRow {
  id: number;
  name: string;
  api_key: string;
  api_secret_hash: Buffer;
  default_rtmp_output_mode: OutputMode;
  reconnect_window_seconds: number | null;
  /** Origins of web pages that may ask; null: any. */
  cors_origins: string[] | null;
  /** How long its streaming tokens let in. */
  streaming_token_seconds: number;
  /** May members create rooms themselves, through the member API? */
  members_may_create_rooms: boolean;
  entity_state: EntityState;
  created_at: Date;
  last_modified_at: Date;
}

export interface AppCredentials {
  apiKey: string;
  apiSecret: string;
}

/** The secret is hashed here and can't be read back: whoever calls this shows it to its owner now, or never. */
export async function createApp(
  knex: Knex,
  vault: Vault,
  app: { name: string; credentials?: AppCredentials },
): Promise<AppCredentials & { id: number }> {
  const credentials = app.credentials ?? { apiKey: vault.newApiKey(), apiSecret: vault.newApiSecret() };
  const [row] = await knex('apps')
    .insert({
      name: app.name,
      api_key: credentials.apiKey,
      api_secret_hash: vault.hashApiSecret(credentials.apiSecret),
    })
    .returning<{ id: number }[]>('id');
  if (!row) throw new Error('the insert of an app returned no row');
  return { id: row.id, apiKey: credentials.apiKey, apiSecret: credentials.apiSecret };
}

export function findApp(knex: Knex, id: number): Promise<AppRow | undefined> {
  return knex('apps').where({ id, entity_state: 'ACTIVE' }).first<AppRow | undefined>();
}

export function findAppByApiKey(knex: Knex, apiKey: string): Promise<AppRow | undefined> {
  return knex('apps').where({ api_key: apiKey, entity_state: 'ACTIVE' }).first<AppRow | undefined>();
}
