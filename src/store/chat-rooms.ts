import type { Knex } from 'knex';
import { lockChannel } from './channels';

/** Opens first-generation chat on a room's channel. False: it was opened before. */
export async function openChatRoom(knex: Knex, channelId: number): Promise<boolean> {
  const opened = await knex('channels')
    .where({ id: channelId, chat_created_at: null })
    .update({ chat_created_at: knex.fn.now(3) });
  return opened > 0;
}

/** Safe twice. */
export function closeChatRoom(knex: Knex, channelId: number): Promise<void> {
  return knex.transaction(async (trx) => {
    await lockChannel(trx, channelId);
    await trx('channels')
      .where({ id: channelId, chat_closed_at: null })
      .update({ chat_closed_at: trx.fn.now(3) });
  });
}

/** Ids of an app's members by their names in the app; who is not there is missing in the answer. */
export async function findMemberIds(
  knex: Knex,
  appId: number,
  appUserIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await knex('members')
    .where({ app_id: appId, entity_state: 'ACTIVE' })
    .whereIn('app_user_id', appUserIds)
    .select<{ id: number; app_user_id: string }[]>('id', 'app_user_id');
  return new Map(rows.map((row) => [row.app_user_id, row.id]));
}

/** The other way round; deleted members keep their names here. */
export async function findAppUserIds(knex: Knex, memberIds: readonly number[]): Promise<string[]> {
  const rows = await knex('members')
    .whereRaw('id = any(?)', [[...memberIds]])
    .orderBy('id')
    .select<{ app_user_id: string }[]>('app_user_id');
  return rows.map((row) => row.app_user_id);
}
