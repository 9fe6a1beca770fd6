import { CodedError } from '../domain/errors';
import type { AppRow } from '../store/apps';
import { deleteMembers, type DeletedMember } from '../store/delete-members';
import { roomsToCancel } from '../store/rooms-to-cancel';
import type { RoomCommands } from './commands';
import type { ApiDeps } from './deps';

/** What one call may lock. */
const MAX_DELETED_AT_ONCE = 100;
/** A publish that slips in between is cut by the next try; nobody publishes a third time with a key that no look-up finds. */
const RETIRE_TRIES = 3;
/** What one call waits for: a workflow answers in some ten milliseconds. */
const MAX_CANCELLED_AT_ONCE = 100;

function namesIn(list: string): string[] {
  const names = list.split(',');
  if (names.length > MAX_DELETED_AT_ONCE)
    throw new CodedError('INVALID_REQUEST', `appUserIds: takes at most ${MAX_DELETED_AT_ONCE}`);
  if (list.includes('\0')) throw new CodedError('MEMBER_NOT_FOUND');
  return names;
}

/**
 * A publish that looked its key up just before the deletion may still be on its way: the key's workflow refuses it from here on,
 * and ends one that it has let in already.
 */
async function closeKey(commands: RoomCommands, appId: number, member: DeletedMember): Promise<void> {
  const { memberId, streamKeyId } = member;
  if (streamKeyId === null) return;
  const key = { appId, memberId, streamKeyId };
  for (let tries = 1; ; tries += 1) {
    try {
      return await commands.reissueKey(key, null);
    } catch (error) {
      const isUsed = error instanceof CodedError && error.code === 'STREAM_KEY_STATE_NOT_INACTIVE';
      if (!isUsed || tries === RETIRE_TRIES) throw error;
    }
    await commands.forceTerminateKey(key, null);
  }
}

/** Ends the workflows of their scheduled broadcasts. What can't be reached now, or is too much for one call, the reconciler cancels. */
async function cancelRooms({ knex, commands, log }: ApiDeps, members: DeletedMember[]): Promise<void> {
  const ids = members.map(({ memberId }) => memberId);
  const rooms = await roomsToCancel(knex, MAX_CANCELLED_AT_ONCE, ids);
  const cancelled = await Promise.allSettled(
    rooms.map((input) => {
      const { appId, roomId } = input;
      return commands.command({ appId, roomId, state: 'SCHEDULED', input }, 'cancel', null, 'app');
    }),
  );
  for (const [index, outcome] of cancelled.entries()) {
    if (outcome.status === 'rejected')
      log.warn(
        { err: outcome.reason as unknown, roomId: rooms[index]?.roomId },
        'a room of a deleted member is left to the reconciler',
      );
  }
}

/**
 * Deletes the members of a comma list, all or none.
 * Errors: MEMBER_NOT_FOUND, MEMBER_IN_USE, INVALID_REQUEST for too many, CONTROL_PLANE_UNAVAILABLE (nothing is deleted).
 */
export async function deleteMembersOf(deps: ApiDeps, app: AppRow, list: string): Promise<void> {
  const { knex, vault, commands, log } = deps;
  const names = namesIn(list);
  // Without it no key could be closed to what is under way.
  if (!(await commands.isReachable())) throw new CodedError('CONTROL_PLANE_UNAVAILABLE');
  const deleted = await deleteMembers(knex, vault, app.id, names);
  const closed = await Promise.allSettled(deleted.map((member) => closeKey(commands, app.id, member)));
  for (const [index, outcome] of closed.entries()) {
    if (outcome.status === 'rejected')
      // The members are deleted and no look-up finds their keys; only a publish of this very second could be left.
      log.error(
        { err: outcome.reason as unknown, ...deleted[index] },
        "a deleted member's key could not be closed",
      );
  }
  await cancelRooms(deps, deleted);
}
