import type { StreamKeyState } from '../../../src/domain/stream-key/machine';
import type { RoomState } from '../../../src/domain/video-room/machine';
import type { World } from './world';

/** What a room shows when its key holds it and nothing is on its way. */
const ROOM_OF_KEY: Partial<Record<StreamKeyState, RoomState>> = {
  ACTIVE_LIVE: 'LIVE',
  INACTIVE_LIVE: 'LIVE_INACTIVE',
  ACTIVE_LIVE_PREP: 'LIVE_INACTIVE',
};

/** What must hold when nothing is on its way any more and all is written. */
export function expectAtRest(world: World): void {
  const { snapshot, room: held, session } = world.key.ledger.state;
  for (const room of world.rooms) {
    const { state } = room.ledger;
    if (held?.roomId === room.roomId)
      expect([snapshot.state, state]).toEqual([snapshot.state, ROOM_OF_KEY[snapshot.state]]);
    else expect([room.roomId, ['LIVE', 'LIVE_INACTIVE'].includes(state)]).toEqual([room.roomId, false]);
    expect([room.roomId, room.writes.state]).toEqual([room.roomId, state]);
  }
  expect(world.key.writes.state).toBe(snapshot.state);
  expect(snapshot.context.roomId).toBe(held?.roomId ?? null);
  expect(snapshot.context.sessionId).toBe(session?.sessionId ?? null);
  // Whoever still publishes is the session that the key knows; everybody else was refused, cut, or has left.
  expect(world.node.alive.map(({ sessionId }) => sessionId)).toEqual(session ? [session.sessionId] : []);
}
