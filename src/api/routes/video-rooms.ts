import { Router } from 'express';
import { CodedError } from '../../domain/errors';
import { listVideoRooms } from '../../store/list-video-rooms';
import { findVideoRoom } from '../../store/video-rooms';
import { created, ok } from '../answer';
import { commandRoom, type RoomEndpointCommand } from '../command-room';
import { createRoom } from '../create-room';
import type { ApiDeps } from '../deps';
import { changing, reading, type Endpoint } from '../endpoint';
import { unsupportedMethod } from '../errors';
import { parseRequest } from '../schemas/parse';
import { newVideoRoomBody, videoRoomsQuery } from '../schemas/video-room';
import { serializePage } from '../serializers/page';
import { serializeVideoRoom } from '../serializers/video-room';

const COMMAND_PATHS: Record<string, RoomEndpointCommand> = {
  '/:videoRoomId/rtmp-broadcast/state/live': 'goLive',
  '/:videoRoomId/rtmp-broadcast/state/ended': 'endBroadcast',
  '/:videoRoomId/rtmp-broadcast/state/cancelled': 'cancel',
};

/** /video-rooms */
export function videoRoomRoutes(deps: ApiDeps): Router {
  const { knex, bases, idempotency, log } = deps;
  const create: Endpoint = async ({ app, body }) =>
    created(serializeVideoRoom(await createRoom(deps, app, parseRequest(newVideoRoomBody, body)), bases));
  const list: Endpoint = async ({ app, query }) => {
    const { page, pageSize, sortBy, ...filter } = parseRequest(videoRoomsQuery, query);
    const { rooms, total } = await listVideoRooms(knex, app.id, filter, { page, pageSize, sortBy });
    const content = rooms.map((room) => serializeVideoRoom(room, bases));
    return ok(serializePage(content, total, { page, pageSize }));
  };
  const get: Endpoint = async ({ app, id }) => {
    const room = await findVideoRoom(knex, app.id, id('videoRoomId', 'VIDEO_ROOM_NOT_FOUND'));
    if (!room) throw new CodedError('VIDEO_ROOM_NOT_FOUND');
    return ok(serializeVideoRoom(room, bases));
  };
  const command =
    (name: RoomEndpointCommand): Endpoint =>
    async ({ app, id, idempotencyKey }) => {
      const roomId = id('videoRoomId', 'VIDEO_ROOM_NOT_FOUND');
      return ok(
        serializeVideoRoom(await commandRoom(deps, { appId: app.id, roomId, name, idempotencyKey }), bases),
      );
    };

  const once = changing(idempotency, log);
  const router = Router();
  router.route('/').post(once(create)).get(reading(list)).all(unsupportedMethod);
  router.route('/:videoRoomId').get(reading(get)).all(unsupportedMethod);
  for (const [path, name] of Object.entries(COMMAND_PATHS)) {
    router
      .route(path)
      .post(once(command(name)))
      .all(unsupportedMethod);
  }
  return router;
}
