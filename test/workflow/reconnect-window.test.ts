import type { ScriptedNode, ScriptedSession } from './support/scripted-node';
import type { CommandedRoom } from '../../src/temporal/room-commands';
import { World, type Member } from './support/world';

/** The window is short here; the rule is the same (design.md section 2). */
const WINDOW_SECONDS = 2;

describe('the reconnect window', () => {
  let world: World;
  let node: ScriptedNode;
  let member: Member;

  beforeAll(async () => {
    world = await World.start();
    node = await world.node('n1');
  }, 60_000);
  afterAll(() => world.stop(), 60_000);

  const liveRoom = async (windowSeconds: number | null = WINDOW_SECONDS) => {
    member = await world.member();
    const room = await world.room(member, windowSeconds);
    const session = await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    await world.commands.command(room, 'goLive', null);
    return { room, session };
  };
  const dropped = async (session: ScriptedSession, room: { roomId: number }) => {
    await node.stop(member, session, 'connection_lost');
    await world.roomReaches(room as never, 'LIVE_INACTIVE');
  };

  /** The window ran out and the key has answered: its second question, after the claim. */
  const askedForRelease = (room: CommandedRoom) => world.completed(room, 'askKey', 2);

  it('ends the room when nobody came back', async () => {
    const { room, session } = await liveRoom();
    await dropped(session, room);
    await world.roomReaches(room, 'ARCHIVED');
    expect((await world.timeline(room)).find((entry) => entry.state === 'ENDED')?.reason).toBe(
      'reconnect_window_expired',
    );
    expect(await world.keyRow(member)).toMatchObject({ state: 'INACTIVE', video_room_id: null });
  });

  it('is cleared by ACTIVE_LIVE', async () => {
    const { room, session } = await liveRoom();
    await dropped(session, room);
    await node.stream(member);
    await world.roomReaches(room, 'LIVE');
    await world.timerCleared(room);
    expect((await world.roomRow(room.roomId)).state).toBe('LIVE');
  });

  it('holds while a session prepares: it stays when that one is viewable, and ends when it falls back', async () => {
    const first = await liveRoom();
    await dropped(first.session, first.room);
    const back = await node.publish(member);
    await askedForRelease(first.room);
    expect((await world.roomRow(first.room.roomId)).state).toBe('LIVE_INACTIVE');
    await node.viewable(member, back);
    await world.roomReaches(first.room, 'LIVE');

    const second = await liveRoom();
    await dropped(second.session, second.room);
    const failing = await node.publish(member);
    await askedForRelease(second.room);
    await node.stop(member, failing, 'not_viewable');
    await world.roomReaches(second.room, 'ARCHIVED');
    expect(await world.keyRow(member)).toMatchObject({ state: 'INACTIVE', video_room_id: null });
  });

  const change = ({ appId, roomId }: CommandedRoom, seconds: number | null) =>
    world.commands.changeReconnectWindow(appId, roomId, seconds);

  it('can be given to a room that had none, also after the drop: it counts from there', async () => {
    const { room, session } = await liveRoom(null);
    await dropped(session, room);
    await change(room, 1);
    await world.roomReaches(room, 'ARCHIVED');
    expect((await world.timeline(room)).find((entry) => entry.state === 'ENDED')?.reason).toBe(
      'reconnect_window_expired',
    );
  });

  it('can be taken away while it runs', async () => {
    const { room, session } = await liveRoom(60);
    await dropped(session, room);
    await change(room, null);
    await world.timerCleared(room);
    expect((await world.roomRow(room.roomId)).state).toBe('LIVE_INACTIVE');
    await world.commands.command(room, 'endBroadcast', null);
    await world.roomReaches(room, 'ARCHIVED');
  });

  it('replays every history made here', async () => {
    expect(await world.replayAll()).toBeGreaterThan(5);
  });
});
