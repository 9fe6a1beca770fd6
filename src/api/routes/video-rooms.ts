import { listRoomEvents } from '../../store/events';
import { listVideoRooms } from '../../store/list-video-rooms';
import { commandRoom, type RoomEndpointCommand } from '../command-room';
import { videoRoomsContract } from '../contract/video-rooms';
import { createRoom } from '../create-room';
import { deleteRoom } from '../delete-room';
import type { ApiDeps } from '../deps';
import { roomIdOf, roomNamed } from '../rooms-by-id';
import { serializePage } from '../serializers/page';
import { serializeRoomEvent } from '../serializers/room-event';
import { serializeVideoRoom } from '../serializers/video-room';
import { bind, type Binding, type Call } from '../serve';
import { updateRoom } from '../update-room';

/** /video-rooms */
export function videoRoomRoutes(deps: ApiDeps): Binding[] {
  const { knex, bases } = deps;
  const command =
    (name: RoomEndpointCommand) => async (call: Pick<Call, 'app' | 'id' | 'idempotencyKey'>) => {
      const { app, idempotencyKey } = call;
      const target = { appId: app.id, roomId: roomIdOf(call), name, idempotencyKey };
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
    getVideoRoom: async (call) => serializeVideoRoom(await roomNamed(knex, call), bases),
    updateVideoRoom: async (call) =>
      serializeVideoRoom(await updateRoom(deps, call.app, roomIdOf(call), call.body), bases),
    async deleteVideoRoom(call) {
      await deleteRoom(deps, call.app, roomIdOf(call));
    },
    async listVideoRoomEvents(call) {
      const room = await roomNamed(knex, call);
      const { events, last } = await listRoomEvents(knex, room.id, call.query);
      return { content: events.map(serializeRoomEvent), last };
    },
    startRtmpBroadcast: command('goLive'),
    endRtmpBroadcast: command('endBroadcast'),
    cancelRtmpBroadcast: command('cancel'),
  });
}
