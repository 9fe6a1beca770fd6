import { CodedError } from '../../domain/errors';
import { listRoomEvents } from '../../store/events';
import { listVideoRooms } from '../../store/list-video-rooms';
import { findVideoRoom } from '../../store/video-rooms';
import { commandRoom, type RoomEndpointCommand } from '../command-room';
import { videoRoomsContract } from '../contract/video-rooms';
import { createRoom } from '../create-room';
import { deleteRoom } from '../delete-room';
import type { ApiDeps } from '../deps';
import { serializePage } from '../serializers/page';
import { serializeRoomEvent } from '../serializers/room-event';
import { serializeVideoRoom } from '../serializers/video-room';
import { bind, type Binding, type Call } from '../serve';
import { updateRoom } from '../update-room';

/** /video-rooms */
export function videoRoomRoutes(deps: ApiDeps): Binding[] {
  const { knex, bases } = deps;
  const command =
    (name: RoomEndpointCommand) =>
    async ({ app, id, idempotencyKey }: Pick<Call, 'app' | 'id' | 'idempotencyKey'>) => {
      const roomId = id('videoRoomId', 'VIDEO_ROOM_NOT_FOUND');
      const target = { appId: app.id, roomId, name, idempotencyKey };
      return serializeVideoRoom(await commandRoom(deps, target), bases);
    };
  return bind(videoRoomsContract, {
    createVideoRoom: async ({ app, body }) => serializeVideoRoom(await createRoom(deps, app, body), bases),
    async listVideoRooms({ app, query }) {
      const { page, pageSize, sortBy, ...filter } = query;
      const { rooms, total } = await listVideoRooms(knex, app.id, filter, { page, pageSize, sortBy });
      const content = rooms.map((room) => serializeVideoRoom(room, bases));
      return serializePage(content, total, { page, pageSize });
    },
    async getVideoRoom({ app, id }) {
      const room = await findVideoRoom(knex, app.id, id('videoRoomId', 'VIDEO_ROOM_NOT_FOUND'));
      if (!room) throw new CodedError('VIDEO_ROOM_NOT_FOUND');
      return serializeVideoRoom(room, bases);
    },
    async updateVideoRoom({ app, id, body }) {
      const roomId = id('videoRoomId', 'VIDEO_ROOM_NOT_FOUND');
      return serializeVideoRoom(await updateRoom(deps, app, roomId, body), bases);
    },
    async deleteVideoRoom({ app, id }) {
      await deleteRoom(deps, app, id('videoRoomId', 'VIDEO_ROOM_NOT_FOUND'));
    },
    async listVideoRoomEvents({ app, id, query }) {
      const room = await findVideoRoom(knex, app.id, id('videoRoomId', 'VIDEO_ROOM_NOT_FOUND'));
      if (!room) throw new CodedError('VIDEO_ROOM_NOT_FOUND');
      const { events, last } = await listRoomEvents(knex, room.id, query);
      return { content: events.map(serializeRoomEvent), last };
    },
    startRtmpBroadcast: command('goLive'),
    endRtmpBroadcast: command('endBroadcast'),
    cancelRtmpBroadcast: command('cancel'),
  });
}
