import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import { findVideoRoom, type VideoRoomDetails } from '../store/video-rooms';
import type { Call } from './serve';

/** The room that a path names. Errors: VIDEO_ROOM_NOT_FOUND for what can't be an id. */
export const roomIdOf = ({ id }: Pick<Call, 'id'>): number => id('videoRoomId', 'VIDEO_ROOM_NOT_FOUND');

/** The app's room of that id. Errors: VIDEO_ROOM_NOT_FOUND. */
export async function roomOfApp(knex: Knex, appId: number, roomId: number): Promise<VideoRoomDetails> {
  const room = await findVideoRoom(knex, appId, roomId);
  if (!room) throw new CodedError('VIDEO_ROOM_NOT_FOUND');
  return room;
}

/** The app's room that a path names. Errors: VIDEO_ROOM_NOT_FOUND. */
export const roomNamed = (knex: Knex, call: Pick<Call, 'app' | 'id'>): Promise<VideoRoomDetails> =>
  roomOfApp(knex, call.app.id, roomIdOf(call));
