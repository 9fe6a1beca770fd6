import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import { markRoomsToCancel } from './rooms-to-cancel';
import type { StreamKeyRow } from './stream-keys';
import type { Vault } from './vault';

export interface DeletedMember {
  memberId: number;
  /** Null: it had none. */
  streamKeyId: number | null;
}

type LockedKey = Pick<StreamKeyRow, 'id' | 'member_id' | 'state'>;

async function refuseInUse(trx: Knex, names: Map<number, string>, keys: LockedKey[]): Promise<void> {
  const refuse = (memberId: number, why: string) => {
    throw new CodedError('MEMBER_IN_USE', `${names.get(memberId)}: ${why}`);
  };
  const busy = keys.find((key) => key.state !== 'INACTIVE');
  if (busy) refuse(busy.member_id, `its stream key is ${busy.state}`);
  const live = await trx('video_rooms')
    .whereIn('member_id', [...names.keys()])
    .whereIn('state', ['LIVE', 'LIVE_INACTIVE'])
    .first<{ id: number; member_id: number } | undefined>('id', 'member_id');
  if (live) refuse(live.member_id, `its video room ${live.id} is live`);
}

/** Nobody knows what the key is from now on, so no publish finds it. */
async function retireKey(trx: Knex, vault: Vault, { id }: LockedKey): Promise<void> {
  const unknown = vault.newStreamKey(id);
  await trx('stream_keys')
    .where({ id })
    .update({
      entity_state: 'DELETED',
      key_hash: vault.hashStreamKey(unknown),
      key_ciphertext: vault.encryptStreamKey(id, unknown),
      key_version: trx.raw('key_version + 1'),
      last_modified_at: trx.fn.now(3),
    });
}

/**
 * Removes members, their keys and their relations: all of them or, where one is unknown or in use, none. Rows stay, marked
 * DELETED; their scheduled broadcasts are marked to be cancelled.
 * Errors: MEMBER_NOT_FOUND, MEMBER_IN_USE.
 */
export function deleteMembers(
  knex: Knex,
  vault: Vault,
  appId: number,
  appUserIds: readonly string[],
): Promise<DeletedMember[]> {
  const wanted = [...new Set(appUserIds)];
  return knex.transaction(async (trx) => {
    // By id, so that two calls with the same members wait for each other instead of deadlocking.
    const members = await trx('members')
      .where({ app_id: appId, entity_state: 'ACTIVE' })
      .whereIn('app_user_id', wanted)
      .orderBy('id')
      .forUpdate()
      .select<{ id: number; app_user_id: string }[]>('id', 'app_user_id');
    const names = new Map(members.map((member) => [member.id, member.app_user_id]));
    const unknown = wanted.find((name) => !members.some((member) => member.app_user_id === name));
    if (unknown !== undefined)
      throw new CodedError('MEMBER_NOT_FOUND', unknown.slice(0, MAX_TOLD_CHARACTERS));
    const ids = [...names.keys()];
    const keys = await trx('stream_keys')
      .whereIn('member_id', ids)
      .orderBy('id')
      .forUpdate()
      .select<LockedKey[]>('id', 'member_id', 'state');
    await refuseInUse(trx, names, keys);
    for (const key of keys) await retireKey(trx, vault, key);
    await markRoomsToCancel(trx, ids);
    await trx('follows').whereIn('follower_id', ids).orWhereIn('followee_id', ids).delete();
    await trx('friendships').whereIn('member_id', ids).orWhereIn('friend_id', ids).delete();
    await trx('allowed_members').whereIn('member_id', ids).delete();
    await trx('members')
      .whereIn('id', ids)
      .update({ entity_state: 'DELETED', last_modified_at: trx.fn.now(3) });
    return ids.map((memberId) => ({
      memberId,
      streamKeyId: keys.find((key) => key.member_id === memberId)?.id ?? null,
    }));
  });
}

/** An error repeats a name no longer than ours may be. */
const MAX_TOLD_CHARACTERS = 64;
