import { refusalOf } from './support/refusal';
import { World, type Member } from './support/world';
import type { ScriptedNode } from './support/scripted-node';
import { until } from '../support/until';

/** The life of a show through both workflows, on a real Temporal and a real Postgres. */
describe('a broadcast', () => {
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
  });

  it('goes from publish to ARCHIVED with a drop between, and its events tell it all', async () => {
    const room = await world.room(member);
    const first = await node.publish(member);
    expect(first.grant).toEqual({ epoch: 1, room: null });
    expect(await refusalOf(world.commands.command(room, 'goLive', null))).toBe('STREAM_KEY_STATE_NOT_ACTIVE');
    await node.viewable(member, first);
    await world.keyReaches(member, 'ACTIVE');

    const live = await world.commands.command(room, 'goLive', 'show-1');
    expect(live).toMatchObject({
      state: 'LIVE',
      vodState: 'NOT_ARCHIVED',
      session: { sessionId: first.sessionId },
    });
    // The row is written before the command answers; the key's beside it.
    expect(await world.roomRow(room.roomId)).toMatchObject({ state: 'LIVE', format: 'RTMP' });
    await world.keyReaches(member, 'ACTIVE_LIVE');
    expect(await world.keyRow(member)).toMatchObject({ state: 'ACTIVE_LIVE', video_room_id: room.roomId });
    await until(() => node.opened.includes(room.input.playbackName), {
      timeoutMs: 5_000,
      what: 'the broadcast to open',
    });

    await node.stop(member, first, 'connection_lost');
    await world.roomReaches(room, 'LIVE_INACTIVE');
    const second = await node.publish(member);
    expect(second.grant).toMatchObject({
      epoch: 2,
      room: { roomId: room.roomId, playbackName: room.input.playbackName },
    });
    await node.viewable(member, second);
    await world.roomReaches(room, 'LIVE');

    await node.stop(member, second);
    const ended = await world.commands.command(room, 'endBroadcast', null);
    expect(ended).toMatchObject({ state: 'ENDED' });
    await world.roomReaches(room, 'ARCHIVED');
    expect(await world.roomHandle(room).result()).toBeUndefined();
    expect(await world.states('videoRoom', room.roomId)).toEqual([
      'SCHEDULED',
      'LIVE',
      'LIVE_INACTIVE',
      'LIVE',
      'LIVE_INACTIVE',
      'ENDED',
      'ARCHIVING',
      'ARCHIVED',
    ]);
    const [one, two] = [first.sessionId, second.sessionId];
    expect(await world.sessions(room.roomId)).toEqual([null, one, one, two, two, null, null, null]);
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
    const row = await world.roomRow(room.roomId);
    expect(row).toMatchObject({ vod_state: 'ARCHIVED', forcibly_terminated: false });
    expect(row.video_post_id).toEqual(expect.any(Number));
    expect((await world.timeline(room)).map((entry) => entry.state)).toContain('LIVE_INACTIVE');
    expect(node.closed).toContain(room.input.playbackName);
  });

  it('ends a LIVE room once its encoder stops, and refuses while bytes advance', async () => {
    const room = await world.room(member);
    const session = await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    await world.commands.command(room, 'goLive', null);
    node.advancing = true;
    expect(await refusalOf(world.commands.command(room, 'endBroadcast', null))).toBe(
      'VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE',
    );
    const ending = world.commands.command(room, 'endBroadcast', null);
    await node.stop(member, session);
    expect(await ending).toMatchObject({ state: 'ENDED' });
    await world.roomReaches(room, 'ARCHIVED');
  });

  it('refuses an end while the returning encoder prepares', async () => {
    const room = await world.room(member);
    await node.stop(member, await goLive(room));
    await world.roomReaches(room, 'LIVE_INACTIVE');
    const back = await node.publish(member);
    await world.keyReaches(member, 'ACTIVE_LIVE_PREP');
    expect(await refusalOf(world.commands.command(room, 'endBroadcast', null))).toBe(
      'STREAM_KEY_STATE_NOT_INACTIVE_LIVE',
    );
    await node.stop(member, back);
    expect(await world.commands.command(room, 'endBroadcast', null)).toMatchObject({ state: 'ENDED' });
  });

  it('force-ends at once: cuts, rotates, keeps no VOD, and refuses the old key', async () => {
    const room = await world.room(member);
    const session = await goLive(room);
    const ended = await world.commands.command(room, 'forceEnd', null);
    expect(ended).toMatchObject({ state: 'ENDED', forciblyTerminated: true, vodState: 'NOT_ARCHIVED' });
    expect(node.cuts).toContain(session.sessionId);
    const key = await world.keyRow(member);
    expect(key).toMatchObject({
      state: 'INACTIVE',
      key_version: 2,
      video_room_id: null,
      forcibly_terminated: true,
    });
    expect(world.vault.decryptStreamKey(key.id, key.key_ciphertext)).not.toBe(member.secret);
    expect(await refusalOf(node.publish(member))).toBe('STREAM_KEY_ROTATED');
    await world.roomHandle(room).result();
    expect(await world.knex('video_posts').where({ video_room_id: room.roomId })).toEqual([]);
    // Told again when all is over: nothing changes.
    expect(await world.commands.command(room, 'forceEnd', null)).toBeNull();
  });

  it('ends the room when its key is force-terminated', async () => {
    const room = await world.room(member);
    const { sessionId } = await goLive(room);
    await world.commands.forceTerminateKey(member.key, 'once');
    await world.roomReaches(room, 'ENDED');
    expect(await world.sessions(room.roomId)).toEqual([null, sessionId, sessionId]);
    const again = await node.stream({ ...member, key: { ...member.key, keyVersion: 2 } });
    await world.keyReaches(member, 'ACTIVE');
    // Repeated after a lost answer, it must not cut the session that came since.
    await world.commands.forceTerminateKey(member.key, 'once');
    expect(node.cuts).not.toContain(again.sessionId);
    expect(await world.roomRow(room.roomId)).toMatchObject({ forcibly_terminated: true });
    expect(await world.keyRow(member)).toMatchObject({ state: 'ACTIVE', key_version: 2 });
  });

  it('reissues a key that nobody uses, and refuses the old one from then on', async () => {
    // Once with no workflow of the key, once with a running one.
    await world.commands.reissueKey(member.key, null);
    expect(await refusalOf(node.publish(member))).toBe('STREAM_KEY_ROTATED');
    const second = { ...member, key: { ...member.key, keyVersion: 2 } };
    const session = await node.stream(second);
    await world.keyReaches(member, 'ACTIVE');
    expect(await refusalOf(world.commands.reissueKey(member.key, null))).toBe(
      'STREAM_KEY_STATE_NOT_INACTIVE',
    );
    await node.stop(member, session);
    await world.keyReaches(member, 'INACTIVE');
    for (let times = 0; times < 2; times += 1) await world.commands.reissueKey(member.key, 'once');
    const key = await world.keyRow(member);
    expect(key).toMatchObject({ state: 'INACTIVE', key_version: 3, forcibly_terminated: false });
    expect(world.vault.decryptStreamKey(key.id, key.key_ciphertext)).not.toBe(member.secret);
    expect(await refusalOf(node.publish(second))).toBe('STREAM_KEY_ROTATED');
    await node.stream({ ...member, key: { ...member.key, keyVersion: 3 } });
    await world.keyReaches(member, 'ACTIVE');
  });

  it('cancels a scheduled room, also by force, and never again', async () => {
    const cancelled = await world.room(member);
    expect(await world.commands.command(cancelled, 'cancel', null)).toMatchObject({ state: 'CANCELLED' });
    await world.roomHandle(cancelled).result();
    expect(await refusalOf(world.commands.command(cancelled, 'goLive', null))).toBe(
      'VIDEO_ROOM_STATE_NOT_SCHEDULED',
    );
    const forced = await world.room(member);
    expect(await world.commands.command(forced, 'forceEnd', null)).toMatchObject({
      state: 'CANCELLED',
      forciblyTerminated: true,
    });
  });

  it('lets one room of a key be live at a time, held while the encoder is away', async () => {
    const one = await world.room(member);
    const two = await world.room(member);
    const session = await goLive(one);
    expect(await refusalOf(world.commands.command(two, 'goLive', null))).toBe('STREAM_KEY_STATE_NOT_ACTIVE');
    await node.stop(member, session);
    await world.roomReaches(one, 'LIVE_INACTIVE');
    expect(await refusalOf(world.commands.command(two, 'goLive', null))).toBe('STREAM_KEY_STATE_NOT_ACTIVE');
    await world.commands.command(one, 'endBroadcast', null);
    await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    expect(await world.commands.command(two, 'goLive', null)).toMatchObject({ state: 'LIVE' });
  });

  it('shows a failed archive, and archives again when asked', async () => {
    world.archiveFailure = 'the recording is gone';
    const room = await world.room(member);
    await node.stop(member, await goLive(room));
    await world.commands.command(room, 'endBroadcast', null);
    await until(async () => (await world.roomRow(room.roomId)).vod_state === 'FAILED_ARCHIVING', {
      timeoutMs: 15_000,
      what: 'the archive to fail',
    });
    world.archiveFailure = null;
    await world.commands.command(room, 'retryArchive', null);
    await world.roomReaches(room, 'ARCHIVED');
    expect(await world.knex('video_posts').where({ video_room_id: room.roomId })).toHaveLength(1);
  });

  it('replays every history that these shows made', async () => {
    expect(await world.replayAll()).toBeGreaterThan(10);
  });

  async function goLive(room: Awaited<ReturnType<World['room']>>) {
    const session = await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    await world.commands.command(room, 'goLive', null);
    return session;
  }
});
