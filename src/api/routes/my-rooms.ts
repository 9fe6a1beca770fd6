import type { z } from 'zod';
import { actorOf } from '../../domain/actor';
import { CodedError } from '../../domain/errors';
import { listVideoRooms, type RoomFilter } from '../../store/list-video-rooms';
import { findVideoRoomByUuid, type VideoRoomDetails } from '../../store/video-rooms';
import { askingMember, askingOwner } from '../asking-member';
import { commandRoom, type RoomEndpointCommand } from '../command-room';
import { myRoomsContract } from '../contract/my-rooms';
import { createRoom } from '../create-room';
import { deleteRoom } from '../delete-room';
import type { ApiDeps } from '../deps';
import { memberNamed } from '../members-by-name';
import { roomNamed } from '../rooms-by-id';
import { rowStates, type myRoomsQuery } from '../schemas/my-room';
import { serializePage } from '../serializers/page';
import { serializeVideoRoomForMember } from '../serializers/video-room';
import { bind, type Binding, type Call } from '../serve';
import { updateRoom } from '../update-room';
import { levelsOpenTo, mayWatchRoom } from '../watchable-rooms';

const UUID_FORMAT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whose rooms a list shows, and which of them. */
async function listFilter(
  { knex }: ApiDeps,
  call: Pick<Call, 'app' | 'member'>,
  {
    appUserId,
    videoRoomState,
    ...filter
  }: Omit<z.output<typeof myRoomsQuery>, 'page' | 'pageSize' | 'sortBy'>,
): Promise<RoomFilter> {
  const me = askingMember(call);
  const states = videoRoomState === undefined ? {} : { videoRoomStates: rowStates(videoRoomState) };
  if (appUserId === undefined || appUserId === me.app_user_id)
    return { ...filter, ...states, memberId: me.id };
  const owner = await memberNamed(knex, call.app.id, appUserId);
  const openTo = await levelsOpenTo(knex, call.app, me, owner.id);
  return { ...filter, ...states, memberId: owner.id, openTo };
}

/** /v2/members/me/video-rooms */
export function myRoomRoutes(deps: ApiDeps): Binding[] {
  const { knex, bases } = deps;
  const show = (room: VideoRoomDetails) => serializeVideoRoomForMember(room, bases);

  /** For a room of somebody else of the app: is it open to who asks? */
  async function watchable(call: Pick<Call, 'app' | 'member'>, room: VideoRoomDetails) {
    if (!(await mayWatchRoom(knex, call.app, askingMember(call), room)))
      throw new CodedError('VIDEO_ROOM_ACCESS_DENIED');
    return show(room);
  }

  /** Other members' rooms are not there for what only an owner may do. */
  async function ownRoomId(call: Pick<Call, 'app' | 'member' | 'id'>): Promise<number> {
    const me = askingOwner(call);
    const room = await roomNamed(knex, call);
    if (room.member_id !== me.id) throw new CodedError('VIDEO_ROOM_NOT_FOUND');
    return room.id;
  }

  const command = (name: RoomEndpointCommand) => async (call: Call) => {
    const { app, idempotencyKey } = call;
    const roomId = await ownRoomId(call);
    const actor = actorOf(askingMember(call).id);
    return show(await commandRoom(deps, { appId: app.id, roomId, name, idempotencyKey, actor }));
  };

  return bind(myRoomsContract, {
    async createMyRoom(call) {
      const me = askingOwner(call);
      if (!call.app.members_may_create_rooms)
        throw new CodedError('MEMBER_SELF_CREATE_VIDEO_ROOM_NOT_AVAILABLE_DUE_TO_APP_POLICY');
      return show(await createRoom(deps, call.app, { ...call.body, appUserId: me.app_user_id }, me.id));
    },
    async listMyRooms(call) {
      const { page, pageSize, sortBy, ...query } = call.query;
      const filter = await listFilter(deps, call, query);
      const { rooms, total } = await listVideoRooms(knex, call.app.id, filter, { page, pageSize, sortBy });
      return serializePage(rooms.map(show), total, { page, pageSize });
    },
    getMyRoom: async (call) => watchable(call, await roomNamed(knex, call)),
    async getMyRoomByUuid(call) {
      const uuid = call.param('uuid');
      const room = UUID_FORMAT.test(uuid) ? await findVideoRoomByUuid(knex, call.app.id, uuid) : undefined;
      if (!room) throw new CodedError('VIDEO_ROOM_NOT_FOUND');
      return watchable(call, room);
    },
    updateMyRoom: async (call) => show(await updateRoom(deps, call.app, await ownRoomId(call), call.body)),
    async deleteMyRoom(call) {
      const roomId = await ownRoomId(call);
      return show(await deleteRoom(deps, call.app, roomId, actorOf(askingMember(call).id)));
    },
    startMyRoom: command('goLive'),
    endMyRoom: command('endBroadcast'),
    cancelMyRoom: command('cancel'),
  });
}
