import type { Knex } from 'knex';
import type { AccessLevelPolicy } from '../domain/access';
import type { OutputMode } from '../domain/output-mode';
import type { Vault } from './vault';

export type EntityState = 'ACTIVE' | 'DELETED';

/** A tenant. */
export interface AppRow {
  id: number;
  name: string;
  api_key: string;
  api_secret_hash: Buffer;
  /** Of the secret before the last rotation, which counts until then. */
  previous_api_secret_hash: Buffer | null;
  previous_api_secret_until: Date | null;
  default_rtmp_output_mode: OutputMode;
  /** Transcoding profile of keys that chose none; null: the system's. */
  default_profile_id: number | null;
  /** Of recordings and uploads whose post chose none; null: the system's. */
  default_video_profile_id: number | null;
  default_thumbnail_profile_id: number | null;
  default_preview_profile_id: number | null;
  reconnect_window_seconds: number | null;
  /** Origins of web pages that may ask; null: any. */
  cors_origins: string[] | null;
  /** How long its streaming tokens let in. */
  streaming_token_seconds: number;
  /** `original`: all that is not deleted plays as PUBLIC, as it does at FlipFlop. */
  access_levels: AccessLevelPolicy;
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

/** All that are there, the oldest first. */
export function listApps(knex: Knex): Promise<AppRow[]> {
  return knex('apps').where({ entity_state: 'ACTIVE' }).orderBy('id').select<AppRow[]>('*');
}

/** By id or by API key. */
export const findAppNamed = (knex: Knex, name: string): Promise<AppRow | undefined> =>
  /^[1-9][0-9]{0,14}$/.test(name) ? findApp(knex, Number(name)) : findAppByApiKey(knex, name);

/** Sets columns of an app: what is checked, and how a setting is called, is the caller's. */
export async function updateApp(knex: Knex, appId: number, columns: Record<string, unknown>): Promise<void> {
  await knex('apps')
    .where({ id: appId })
    .update({ ...columns, last_modified_at: knex.fn.now(3) });
}
