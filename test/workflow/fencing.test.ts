import {
  forceEndSignal,
  endBroadcastSignal,
  goLiveSignal,
  keyForceEndUpdate,
} from '../../src/workflows/messages';
import { until } from '../support/until';
import { refusalOf } from './support/refusal';
import type { ScriptedNode, ScriptedSession } from './support/scripted-node';
import { World, type Member } from './support/world';

/** A message of an old session changes nothing, whatever the order (design.md section 3). */
describe('fencing', () => {
  let world: World;
  let node: ScriptedNode;
  let member: Member;

  beforeAll(async () => {
    world = await World.start();
    node = await world.node('n1');
  }, 60_000);
  afterAll(() => world.stop(), 60_000);
  beforeEach(async () => {
    member = await world.member();
    node.endsOnCut = true;
  });

  const goLive = async (room: Awaited<ReturnType<World['room']>>): Promise<ScriptedSession> => {
    const session = await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    await world.commands.command(room, 'goLive', null);
    return session;
  };

  it('a late unpublish, told twice, does not touch the next session', async () => {
    const old = await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    node.drop(old.sessionId, 'connection_lost');
    await world.keyReaches(member, 'INACTIVE');
    const next = await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    await node.unpublish(member, old);
    await node.unpublish(member, old);
    await node.unpublish(member, { sessionId: next.sessionId, epoch: old.epoch });
    await node.viewable(member, old);
    // Messages of one workflow are handled in order: a publish that asks afterwards has them behind it.
    expect(
      await refusalOf(world.plane.publish(member.key, { ...node.request(member), nodeId: 'n2' }, 5_000)),
    ).toBe('STREAM_KEY_BUSY');
    expect(await world.keyRow(member)).toMatchObject({
      state: 'ACTIVE',
      epoch: 2,
      session_id: next.sessionId,
    });
  });

  it('an unpublish that overtakes its publish wins', async () => {
    const request = node.request(member);
    await node.unpublish(member, { sessionId: request.sessionId, epoch: null });
    expect(await refusalOf(world.plane.publish(member.key, request, 5_000))).toBe('SESSION_ENDED');
    expect(await world.keyRow(member)).toMatchObject({ state: 'INACTIVE', session_id: null });
  });

  it('a publish told twice is one session', async () => {
    const request = node.request(member);
    const first = await world.plane.publish(member.key, request, 5_000);
    const again = await world.plane.publish(member.key, request, 5_000);
    expect(again).toEqual(first);
    expect(first.epoch).toBe(1);
  });

  it('a lease that ends before its unpublish, and the reverse, end the session once', async () => {
    const room = await world.room(member);
    const one = await goLive(room);
    node.drop(one.sessionId, 'stalled');
    await world.roomReaches(room, 'LIVE_INACTIVE');
    await node.unpublish(member, one, 'stalled');
    const two = await node.stream(member);
    await world.roomReaches(room, 'LIVE');
    await node.unpublish(member, two, 'client_closed');
    await world.roomReaches(room, 'LIVE_INACTIVE');
    node.drop(two.sessionId, 'client_closed');
    await world.commands.command(room, 'endBroadcast', null);
    expect(await world.states('streamKey', member.key.streamKeyId)).toEqual([
      'ACTIVE_PREP',
      'ACTIVE',
      'ACTIVE_LIVE',
      'INACTIVE_LIVE',
      'ACTIVE_LIVE_PREP',
      'ACTIVE_LIVE',
      'INACTIVE_LIVE',
      'INACTIVE',
    ]);
  });

  it('a node that does not know a session any more loses it, and is asked to cut it', async () => {
    const room = await world.room(member);
    // Granted, but the node died before it knew: its lease finds nothing.
    const request = node.request(member);
    await world.plane.publish(member.key, request, 5_000);
    await world.keyReaches(member, 'INACTIVE');
    await until(() => node.cuts.includes(request.sessionId), { timeoutMs: 5_000, what: 'the cut' });
    expect((await world.roomRow(room.roomId)).state).toBe('SCHEDULED');
  });

  it('takes over a silent session on its own node in one step, at most once in 30 s', async () => {
    const room = await world.room(member);
    const silent = await goLive(room);
    const next = await node.publish(member, { supersedes: silent.sessionId });
    expect(next.grant).toMatchObject({ epoch: 2, room: { roomId: room.roomId } });
    await world.roomReaches(room, 'LIVE_INACTIVE');
    // The cut runs beside it.
    await until(() => node.cuts.includes(silent.sessionId), { timeoutMs: 5_000, what: 'the cut' });
    await node.viewable(member, next);
    await world.roomReaches(room, 'LIVE');
    expect(await refusalOf(node.publish(member, { supersedes: next.sessionId }))).toBe('TAKEOVER_LIMIT');
    const reasons = await world
      .knex('events')
      .where({ entity: 'streamKey', entity_id: member.key.streamKeyId })
      .orderBy('seq')
      .pluck('reason');
    expect(reasons).toContain('taken_over');
  });

  it('replaces a holder that its node no longer has', async () => {
    await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    const next = await node.publish(member);
    expect(next.epoch).toBe(2);
  });

  it('a grant overtaken by a drop is a drop, and one overtaken by a forced end is an end', async () => {
    const dropped = await world.room(member);
    const session = await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    await Promise.all([world.commands.command(dropped, 'goLive', null), node.stop(member, session)]).catch(
      () => undefined,
    );
    await until(
      async () => {
        const { state } = await world.roomRow(dropped.roomId);
        const key = (await world.keyRow(member)).state;
        return (
          (state === 'LIVE_INACTIVE' && key === 'INACTIVE_LIVE') ||
          (state === 'SCHEDULED' && key === 'INACTIVE')
        );
      },
      { timeoutMs: 10_000, what: 'room and key to agree' },
    );

    const other = await world.member();
    member = other;
    const forced = await world.room(other);
    await node.stream(other);
    await world.keyReaches(other, 'ACTIVE');
    const [, ended] = await Promise.allSettled([
      world.commands.command(forced, 'goLive', null),
      world.commands.command(forced, 'forceEnd', null),
    ]);
    expect(ended.status).toBe('fulfilled');
    const row = await world.roomRow(forced.roomId);
    expect(['ENDED', 'CANCELLED']).toContain(row.state);
    expect(row.forcibly_terminated).toBe(true);
    expect((await world.keyRow(other)).video_room_id).toBeNull();
  });

  it('20 goLives of one key at once make one live room', async () => {
    const rooms = await Promise.all(Array.from({ length: 20 }, () => world.room(member)));
    await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    const results = await Promise.allSettled(
      rooms.map((room) => world.commands.command(room, 'goLive', null)),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    const rows = await world
      .knex('video_rooms')
      .where({ stream_key_id: member.key.streamKeyId, state: 'LIVE' });
    expect(rows).toHaveLength(1);
    await world.keyReaches(member, 'ACTIVE_LIVE');
    expect((await world.keyRow(member)).video_room_id).toBe(rows[0].id);
  }, 60_000);

  it('the same command with the same idempotency key acts once', async () => {
    const room = await world.room(member);
    await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    const [one, two] = await Promise.all([
      world.commands.command(room, 'goLive', 'k'),
      world.commands.command(room, 'goLive', 'k'),
    ]);
    expect(one).toEqual(two);
    expect(await refusalOf(world.commands.command(room, 'goLive', 'other'))).toBe(
      'VIDEO_ROOM_STATE_NOT_SCHEDULED',
    );
  });

  it('a command whose deadline has passed does not act', async () => {
    const room = await world.room(member);
    await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    const late = world.roomHandle(room).executeUpdate('goLive', { args: [{ deadlineMs: Date.now() - 1 }] });
    await expect(late).rejects.toMatchObject({ cause: { type: 'COMMAND_DEADLINE_PASSED' } });
    expect((await world.roomRow(room.roomId)).state).toBe('SCHEDULED');
  });

  it('an operator who only tells drives the whole show, and nonsense changes nothing', async () => {
    const room = await world.room(member);
    const handle = world.roomHandle(room);
    await handle.signal(endBroadcastSignal, {});
    await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    await handle.signal(goLiveSignal, {});
    await world.roomReaches(room, 'LIVE');
    await handle.signal(goLiveSignal, {});
    await handle.signal(forceEndSignal, {});
    await world.roomReaches(room, 'ENDED');
    await handle.result();
  });

  it('a forced end of a room that the key does not hold leaves the key alone', async () => {
    const held = await world.room(member);
    const other = await world.room(member);
    await goLive(held);
    expect(await world.commands.command(other, 'forceEnd', null)).toMatchObject({ state: 'CANCELLED' });
    const answer = await world
      .keyHandle(member)
      .executeUpdate(keyForceEndUpdate, { args: [{ roomId: other.roomId }] });
    expect(answer.outcome).toBe('not_held');
    await world.keyReaches(member, 'ACTIVE_LIVE');
    expect(await world.keyRow(member)).toMatchObject({ state: 'ACTIVE_LIVE', key_version: 1 });
  });

  it('replays every history made here', async () => {
    expect(await world.replayAll()).toBeGreaterThan(5);
  });
});
