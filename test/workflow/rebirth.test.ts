import { Reconciler } from '../../src/temporal/reconciler';
import { deleteMembers } from '../../src/store/delete-members';
import { createUnfinishedRows } from '../../src/store/unfinished-rows';
import { startOfStreamKey } from '../../src/temporal/start-stream-key';
import type { CommandedRoom } from '../../src/temporal/room-commands';
import { until } from '../support/until';
import { refusalOf } from './support/refusal';
import type { ScriptedNode, ScriptedSession } from './support/scripted-node';
import { World, type Member } from './support/world';

/** A workflow that somebody ends by hand is back within 20 s, and the show goes on (design.md section 3, "Rebirth"). */
const HEAL_TIMEOUT_MS = 20_000;
/** A real worker looks every 10 s, which the crash suites wait for; here it is only waiting. */
const LOOK_EVERY_MS = 1_000;

describe('rebirth', () => {
  let world: World;
  let node: ScriptedNode;
  let member: Member;
  let room: CommandedRoom;
  let reconciler: Reconciler;

  beforeAll(async () => {
    world = await World.start();
    node = await world.node('n1');
    const wake = () => undefined;
    reconciler = new Reconciler(
      world.client,
      createUnfinishedRows(world.knex),
      world.log,
      wake,
      LOOK_EVERY_MS,
    );
    reconciler.start();
  }, 60_000);
  afterAll(async () => {
    await reconciler.stop();
    await world.stop();
  }, 60_000);
  beforeEach(async () => {
    member = await world.member();
    room = await world.room(member);
  });

  const killRoom = () => world.roomHandle(room).terminate('by hand');
  const killKey = () => world.keyHandle(member).terminate('by hand');
  const victims = {
    room: () => killRoom(),
    key: () => killKey(),
    both: () => Promise.all([killRoom(), killKey()]),
  };
  const running = (handle: { describe(): Promise<{ status: { name: string } }> }) =>
    until(async () => (await handle.describe()).status.name === 'RUNNING', {
      timeoutMs: HEAL_TIMEOUT_MS,
      what: 'the workflow to be back',
    });
  const healed = async () => {
    await running(world.roomHandle(room));
    await running(world.keyHandle(member));
  };
  const live = async (): Promise<ScriptedSession> => {
    const session = await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    await world.commands.command(room, 'goLive', null);
    return session;
  };
  /** The encoder stops, the show is ended, and there is one recording. */
  const endsWell = async (session: ScriptedSession | null) => {
    if (session) await node.stop(member, session);
    await world.roomReaches(room, 'LIVE_INACTIVE', HEAL_TIMEOUT_MS);
    await world.commands.command(room, 'endBroadcast', null);
    await world.roomReaches(room, 'ARCHIVED');
    expect(await world.keyRow(member)).toMatchObject({ state: 'INACTIVE', video_room_id: null });
    expect(await world.knex('video_posts').where({ video_room_id: room.roomId })).toHaveLength(1);
    await world.states('videoRoom', room.roomId);
    await world.states('streamKey', member.key.streamKeyId);
  };

  describe.each(Object.keys(victims) as (keyof typeof victims)[])('of the %s', (victim) => {
    it('LIVE: the show goes on', async () => {
      const session = await live();
      await victims[victim]();
      await healed();
      expect(await world.roomRow(room.roomId)).toMatchObject({ state: 'LIVE' });
      await endsWell(session);
    }, 90_000);

    it('in a drop: the encoder comes back and the show goes on', async () => {
      await node.stop(member, await live());
      await world.roomReaches(room, 'LIVE_INACTIVE');
      await victims[victim]();
      await healed();
      const back = await node.stream(member);
      await world.roomReaches(room, 'LIVE', HEAL_TIMEOUT_MS);
      await endsWell(back);
    }, 90_000);

    it('while the returning encoder prepares', async () => {
      await node.stop(member, await live());
      await world.roomReaches(room, 'LIVE_INACTIVE');
      const back = await node.publish(member);
      await world.keyReaches(member, 'ACTIVE_LIVE_PREP');
      await victims[victim]();
      await healed();
      await node.viewable(member, back);
      await world.roomReaches(room, 'LIVE', HEAL_TIMEOUT_MS);
      await endsWell(back);
    }, 90_000);
  });

  it('of a key that streams without a room: the session stays', async () => {
    const session = await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    await killKey();
    await running(world.keyHandle(member));
    expect(await world.keyRow(member)).toMatchObject({ state: 'ACTIVE', session_id: session.sessionId });
    await world.commands.command(room, 'goLive', null);
    await endsWell(session);
  }, 60_000);

  it('of a key whose grant is not in its row yet: the go live is not held up, and the key finds its room again', async () => {
    const session = await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    const lock = await world.knex.transaction();
    try {
      await lock('stream_keys').where({ id: member.key.streamKeyId }).forUpdate();
      await world.commands.command(room, 'goLive', null);
      expect(await world.roomRow(room.roomId)).toMatchObject({ state: 'LIVE' });
      expect(await world.keyRow(member)).toMatchObject({ state: 'ACTIVE', video_room_id: null });
      await killKey();
      // Its write is lost with it.
      const lose = `select pg_terminate_backend(pid) from pg_stat_activity
        where wait_event_type = 'Lock' and query like '%with locked as%'`;
      const lost = async () => (await world.knex.raw<{ rowCount: number }>(lose)).rowCount > 0;
      await until(lost, { timeoutMs: HEAL_TIMEOUT_MS, what: 'the write' });
    } finally {
      await lock.rollback();
    }
    await world.keyReaches(member, 'ACTIVE_LIVE', HEAL_TIMEOUT_MS);
    expect(await world.keyRow(member)).toMatchObject({ video_room_id: room.roomId });
    await endsWell(session);
  }, 60_000);

  describe('of a key whose row was read before its room was live', () => {
    /** The record as such a run would have found it: no grant, and no room that went live by the session. */
    const forgetGrant = async () => {
      const row = { state: 'ACTIVE', video_room_id: null };
      await killKey();
      await world.knex('stream_keys').where({ id: member.key.streamKeyId }).update(row);
      await world
        .knex('events')
        .where({ entity: 'videoRoom', entity_id: room.roomId, reason: 'go_live' })
        .update({ session_id: null });
    };

    it('it is claimed again where the session streams on', async () => {
      const session = await live();
      await world.keyReaches(member, 'ACTIVE_LIVE');
      await forgetGrant();
      await world.keyReaches(member, 'ACTIVE_LIVE', HEAL_TIMEOUT_MS);
      expect(await world.keyRow(member)).toMatchObject({ video_room_id: room.roomId });
      expect(await world.roomRow(room.roomId)).toMatchObject({ state: 'LIVE' });
      await endsWell(session);
    }, 60_000);

    it('the room is over where the session is', async () => {
      const session = await live();
      await world.keyReaches(member, 'ACTIVE_LIVE');
      await forgetGrant();
      node.drop(session.sessionId, 'connection_lost');
      await world.roomReaches(room, 'ARCHIVED', 2 * HEAL_TIMEOUT_MS);
      await world.keyReaches(member, 'INACTIVE');
      expect(await world.knex('video_posts').where({ video_room_id: room.roomId })).toHaveLength(1);
    }, 60_000);
  });

  it('of a key whose session ended meanwhile: the room hears of the drop', async () => {
    const session = await live();
    await killKey();
    node.drop(session.sessionId, 'connection_lost');
    await world.roomReaches(room, 'LIVE_INACTIVE', HEAL_TIMEOUT_MS);
    await endsWell(null);
  }, 60_000);

  it('of a room whose key was force-ended meanwhile: it ends by force and is not archived', async () => {
    await live();
    await killRoom();
    await world.commands.forceTerminateKey(member.key, null);
    await world.roomReaches(room, 'ENDED', HEAL_TIMEOUT_MS);
    expect(await world.roomRow(room.roomId)).toMatchObject({
      forcibly_terminated: true,
      vod_state: 'NOT_ARCHIVED',
    });
  }, 60_000);

  it('of an idle key: its run completes, and the next publish goes on where it was', async () => {
    const { appId, memberId, key } = member;
    const { workflowId, taskQueue } = startOfStreamKey(key);
    const identity = { appId, memberId, streamKeyId: key.streamKeyId };
    const first = await world.client.workflow.start('streamKeyWorkflow', {
      ...{ workflowId, taskQueue },
      args: [{ ...identity, idleMs: 500 }],
    });
    const session = await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    await node.stop(member, session);
    await first.result();
    expect(await world.keyRow(member)).toMatchObject({ state: 'INACTIVE', epoch: 1 });
    const late = { sessionId: session.sessionId, epoch: session.epoch };
    await node.unpublish(member, late);
    const next = await node.stream(member);
    expect(next.epoch).toBe(2);
    await world.keyReaches(member, 'ACTIVE');
    await world.states('streamKey', key.streamKeyId);
  }, 60_000);

  it('of a scheduled room: the next command starts it', async () => {
    await killRoom();
    expect(await refusalOf(world.commands.command(room, 'goLive', null))).toBe('STREAM_KEY_STATE_NOT_ACTIVE');
    await endsWell(await live());
  }, 60_000);

  it('of a room in the middle of its go live: the next command finds it as the key knows it', async () => {
    const session = await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    const lock = await world.knex.transaction();
    try {
      await lock('video_rooms').where({ id: room.roomId }).forUpdate();
      const cut = refusalOf(world.commands.command(room, 'goLive', null));
      await world.keyReaches(member, 'ACTIVE_LIVE');
      await killRoom();
      await cut;
    } finally {
      await lock.rollback();
    }
    // By the row it is still scheduled, unless the write that had waited came through.
    const late = await refusalOf(world.commands.command(room, 'cancel', null));
    expect(late).toBe('VIDEO_ROOM_STATE_NOT_SCHEDULED');
    await world.roomReaches(room, 'LIVE');
    await endsWell(session);
  }, 60_000);

  it('of a room that waits for its archive: one video post', async () => {
    world.archiveFailure = 'not now';
    await node.stop(member, await live());
    await world.commands.command(room, 'endBroadcast', null);
    await until(async () => (await world.roomRow(room.roomId)).vod_state === 'FAILED_ARCHIVING', {
      timeoutMs: 15_000,
      what: 'the archive to fail',
    });
    await killRoom();
    world.archiveFailure = null;
    await running(world.roomHandle(room));
    await world.commands.command(room, 'retryArchive', null);
    await world.roomReaches(room, 'ARCHIVED');
    expect(await world.knex('video_posts').where({ video_room_id: room.roomId })).toHaveLength(1);
  }, 60_000);

  it('of nobody: scheduled broadcasts of a deleted member are cancelled, with a workflow and without', async () => {
    const other = await world.room(member);
    await killRoom();
    await deleteMembers(world.knex, world.vault, member.appId, ['member']);
    for (const one of [room, other]) await world.roomReaches(one, 'CANCELLED', HEAL_TIMEOUT_MS);
    expect(await world.states('videoRoom', room.roomId)).toEqual(['SCHEDULED', 'CANCELLED']);
    // Nobody can schedule one more.
    await expect(world.room(member)).rejects.toMatchObject({ code: 'MEMBER_NOT_FOUND' });
  });

  it('replays every history made here', async () => {
    expect(await world.replayAll()).toBeGreaterThan(10);
  }, 60_000);
});
