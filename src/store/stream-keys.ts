import type { Knex } from 'knex';
import type { OutputMode } from '../domain/output-mode';
import { DEFAULT_LIVE_PROFILE_ID, type ProfileType } from '../domain/transcoding-profile';
import type { StreamKeyState } from '../domain/stream-key/machine';
import type { RoomState } from '../domain/video-room/machine';
import type { EntityState } from './apps';
import type { Vault } from './vault';

export interface StreamKeyRow {
  id: number;
  app_id: number;
  member_id: number;
  key_hash: Buffer;
  key_ciphertext: Buffer;
  key_version: number;
  /** The key's own output mode; null leaves it to the app. */
  mode: OutputMode | null;
  /** The key's own transcoding profile; null leaves it to the app. */
  profile_id: number | null;
  state: StreamKeyState;
  forcibly_terminated: boolean;
  epoch: number;
  session_id: string | null;
  session_node_id: string | null;
  session_mode: OutputMode | null;
  /** The room that the key holds. */
  video_room_id: number | null;
  error: { code?: string; message: string; occurredAt?: string } | null;
  run_id: string | null;
  transition_number: number;
  last_event_number: number;
  entity_state: EntityState;
  created_at: Date;
  last_modified_at: Date;
}

/** A key with its app, its member and the room it holds: what the API shows. */
export interface StreamKeyDetails extends StreamKeyRow {
  app_name: string;
  app_entity_state: EntityState;
  app_default_mode: OutputMode;
  member_entity_state: EntityState;
  member_app_user_id: string;
  member_app_user_name: string | null;
  member_profile_img_url: string | null;
  room_id: number | null;
  room_entity_state: EntityState | null;
  room_state: RoomState | null;
  room_type: string | null;
  room_title: string | null;
  /** What its sessions are encoded by: the key's choice, else its app's, else the system's. */
  profile_row_id: number;
  profile_entity_state: EntityState;
  profile_type: ProfileType;
  profile_name: string;
  profile_content: Record<string, unknown>;
  profile_revision: number;
}

/** Gives a member its key. The id is drawn first, since the key's text begins with it. */
export async function insertStreamKey(
  trx: Knex,
  vault: Vault,
  owner: { appId: number; memberId: number },
): Promise<number> {
  const drawn = await trx.raw<{ rows: { id: number }[] }>(
    "select nextval(pg_get_serial_sequence('stream_keys', 'id')) as id",
  );
  const id = drawn.rows[0]?.id;
  if (id === undefined) throw new Error('the sequence of stream keys gave no id');
  const secret = vault.newStreamKey(id);
  await trx('stream_keys').insert({
    id,
    app_id: owner.appId,
    member_id: owner.memberId,
    key_hash: vault.hashStreamKey(secret),
    key_ciphertext: vault.encryptStreamKey(id, secret),
  });
  return id;
}

/** The key of a member who was deleted and is there again: a new secret, of its own again, with nothing chosen for it. */
export async function reviveStreamKey(trx: Knex, vault: Vault, id: number): Promise<void> {
  const secret = vault.newStreamKey(id);
  await trx('stream_keys')
    .where({ id })
    .update({
      entity_state: 'ACTIVE',
      key_hash: vault.hashStreamKey(secret),
      key_ciphertext: vault.encryptStreamKey(id, secret),
      key_version: trx.raw('key_version + 1'),
      mode: null,
      profile_id: null,
      last_modified_at: trx.fn.now(3),
    });
}

/** Keys of an app with all that `STREAM_KEY_DETAILS` names. */
export const streamKeysOfApp = (knex: Knex, appId: number) =>
  knex('stream_keys as k')
    .join('apps as a', 'a.id', 'k.app_id')
    .join('members as m', 'm.id', 'k.member_id')
    .join(
      'transcoding_profiles as p',
      'p.id',
      knex.raw('coalesce(k.profile_id, a.default_profile_id, ?)', [DEFAULT_LIVE_PROFILE_ID]),
    )
    .leftJoin('video_rooms as r', 'r.id', 'k.video_room_id')
    .where({ 'k.app_id': appId, 'k.entity_state': 'ACTIVE', 'm.entity_state': 'ACTIVE' });

export const STREAM_KEY_DETAILS = [
  'k.*',
  'a.name as app_name',
  'a.entity_state as app_entity_state',
  'a.default_rtmp_output_mode as app_default_mode',
  'm.entity_state as member_entity_state',
  'm.app_user_id as member_app_user_id',
  'm.app_user_name as member_app_user_name',
  'm.app_user_profile_img_url as member_profile_img_url',
  'r.id as room_id',
  'r.entity_state as room_entity_state',
  'r.state as room_state',
  'r.type as room_type',
  'r.title as room_title',
  'p.id as profile_row_id',
  'p.entity_state as profile_entity_state',
  'p.type as profile_type',
  'p.name as profile_name',
  'p.profile as profile_content',
  'p.revision as profile_revision',
];

export function findStreamKey(knex: Knex, appId: number, id: number): Promise<StreamKeyDetails | undefined> {
  return streamKeysOfApp(knex, appId)
    .andWhere('k.id', id)
    .first<StreamKeyDetails | undefined>(STREAM_KEY_DETAILS);
}

export function findStreamKeyOfMember(
  knex: Knex,
  appId: number,
  memberId: number,
): Promise<StreamKeyDetails | undefined> {
  return streamKeysOfApp(knex, appId)
    .andWhere('k.member_id', memberId)
    .first<StreamKeyDetails | undefined>(STREAM_KEY_DETAILS);
}

/** Absent: unchanged; null: left to the app. */
export interface StreamKeyChange {
  mode?: OutputMode | null;
  profileId?: number | null;
}

/** What the key's next publish goes by. */
export async function updateStreamKey(knex: Knex, id: number, change: StreamKeyChange): Promise<void> {
  await knex('stream_keys')
    .where({ id })
    .update({ mode: change.mode, profile_id: change.profileId, last_modified_at: knex.fn.now(3) });
}
