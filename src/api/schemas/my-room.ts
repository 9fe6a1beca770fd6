import { z } from 'zod';
import { ROOM_STATES, type RoomState } from '../../domain/video-room/machine';
import { videoRoomsQuery } from './video-room';

/** What members' clients know: to them an archived room is ENDED, with a VOD. */
export const MEMBER_ROOM_STATES = ROOM_STATES.filter(
  (state): state is Exclude<RoomState, 'ARCHIVED'> => state !== 'ARCHIVED',
);

/** GET /v2/members/me/video-rooms. */
export const myRoomsQuery = videoRoomsQuery.omit({ memberId: true }).extend({
  videoRoomState: z.preprocess(
    (value) => (value === '' ? undefined : value),
    z.enum(MEMBER_ROOM_STATES, `takes ${MEMBER_ROOM_STATES.join(', ')}`).optional(),
  ),
});

/** The states of rows that a member's filter means. */
export const rowStates = (state: (typeof MEMBER_ROOM_STATES)[number]): RoomState[] =>
  state === 'ENDED' ? ['ENDED', 'ARCHIVED'] : [state];
