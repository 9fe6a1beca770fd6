import type { CommandedRoom } from '../../src/temporal/room-commands';
import { publishUpdate, roomStatusUpdate } from '../../src/workflows/messages';
import { until } from '../support/until';
import type { ScriptedNode, ScriptedSession } from './support/scripted-node';
import { World, type Member } from './support/world';

/** Stock is 4,096, which is some 100 drops; here a run hands over after about 20. */
const SUGGEST_AFTER_EVENTS = 400;
/** 300 cycles make some 5,000 events. */
const FEWEST_RUNS = 8;
/** Publish cycles: some before the show, most of them drops of one show, some after it. */
const BEFORE = 150;
const DROPS = 100;
const AFTER = 50;
/** A session this old ended in an earlier run, and is still among the 20 that a key remembers. */
const SESSIONS_AGO = 18;
/** Not in step with the runs, which are some 20 sessions long: else the old session is always one of the same run. */
const LATE_WORDS_EVERY = 7;
/** Two changes that are written, with 11 events each, and one that is only heard: some 26. 100 drops stay below 3,000 of 4,096. */
const ROOM_EVENTS_PER_DROP = 30;

/** A key whose history grows long hands over to a next run, and nobody notices (design.md section 3). */
describe('continue-as-new', () => {
  let world: World;
  let node: ScriptedNode;
  let member: Member;
  let room: CommandedRoom;
  const sessions: ScriptedSession[] = [];

  beforeAll(async () => {
    const dynamicConfig = { 'limit.historyCount.suggestContinueAsNew': SUGGEST_AFTER_EVENTS };
    world = await World.start({ private: true, temporal: 'dev', dynamicConfig });
    node = await world.node('n1');
    member = await world.member();
    room = await world.room(member);
  }, 60_000);
  afterAll(() => world.stop(), 60_000);

  const runs = async () => {
    const query = `WorkflowId="${world.keyHandle(member).workflowId}"`;
    const found: { runId: string; status: string }[] = [];
    for await (const run of world.client.workflow.list({ query }))
      found.push({ runId: run.runId, status: run.status.name });
    return found;
  };
  const runId = async () => (await world.keyHandle(member).describe()).runId;

  /** A question at the very moment at which a run may hand over: one of the two answers it. */
  const ask = () =>
    world.keyHandle(member).executeUpdate(roomStatusUpdate, {
      args: [{ roomId: room.roomId }],
      updateId: `asked-after-${sessions.length}`,
    });

  const nothing = async () => {};
  /** One publish and its end, without a pause to the next: an encoder that comes back at once. */
  const cycle = async (during: (session: ScriptedSession) => Promise<unknown> = nothing) => {
    const session = await node.publish(member);
    sessions.push(session);
    // No publish is lost or doubled on the way into the next run.
    expect(session.epoch).toBe(sessions.length);
    await during(session);
    const asked = sessions.length % 5 === 0 ? ask() : null;
    await node.stop(member, session, 'connection_lost');
    if (asked) expect(await asked).toMatchObject({ keyState: expect.any(String) });
  };
  const viewable = (session: ScriptedSession) => node.viewable(member, session);
  const written = async (state: string) => {
    await until(async () => (await world.keyRow(member)).epoch === sessions.length, {
      timeoutMs: 30_000,
      what: 'the newest session to be in the row',
    });
    await world.keyReaches(member, state);
  };

  /** Old sessions' words, late, with and without their epoch: none moves the one that publishes now. */
  const lateWords = async () => {
    const old = sessions.at(-SESSIONS_AGO)!;
    const again = { ...node.request(member), sessionId: old.sessionId };
    // As a question of its own, since Temporal would answer a repeated one within one run.
    const asked = world.keyHandle(member).executeUpdate(publishUpdate, { args: [again] });
    await expect(asked).rejects.toMatchObject({ cause: { type: 'SESSION_ENDED' } });
    // After the question: an unpublish makes the key remember its session again.
    await node.unpublish(member, old);
    await node.unpublish(member, { sessionId: old.sessionId, epoch: null });
    await node.viewable(member, old);
  };

  it('hands a key over again and again, and its held room with it', async () => {
    for (let i = 1; i <= BEFORE; i += 1)
      await cycle(i > SESSIONS_AGO && i % LATE_WORDS_EVERY === 0 ? lateWords : nothing);
    await cycle(async (session) => {
      await viewable(session);
      await world.keyReaches(member, 'ACTIVE');
      await world.commands.command(room, 'goLive', 'the-show');
    });
    for (let i = 1; i <= DROPS; i += 1)
      await cycle(async (session) => {
        await viewable(session);
        if (i % LATE_WORDS_EVERY === 0) await lateWords();
      });
    await written('INACTIVE_LIVE');
    expect(await world.keyRow(member)).toMatchObject({ video_room_id: room.roomId });
    await world.roomReaches(room, 'LIVE_INACTIVE');
    await world.commands.command(room, 'endBroadcast', null);
    await world.roomReaches(room, 'ARCHIVED');
    for (let i = 1; i <= AFTER; i += 1) await cycle();
    await written('INACTIVE');
  }, 400_000);

  it('in many runs, each handed over by Temporal’s word and none lost', async () => {
    const newest = await runId();
    const all = await until(
      async () => {
        const found = await runs();
        return found.some(({ runId, status }) => runId === newest && status === 'RUNNING') ? found : null;
      },
      { timeoutMs: 10_000, what: 'the list of runs to be up to date' },
    );
    expect(all.length).toBeGreaterThanOrEqual(FEWEST_RUNS);
    expect(all.filter(({ status }) => status !== 'CONTINUED_AS_NEW')).toHaveLength(1);
    const writers = await world
      .knex('events')
      .where({ entity: 'streamKey', entity_id: member.key.streamKeyId })
      .distinct()
      .pluck('run_id');
    expect(writers.length).toBeGreaterThanOrEqual(FEWEST_RUNS);
  });

  it('with event and transition numbers 1…n, and every drop of the show in its room', async () => {
    const { streamKeyId } = member.key;
    const numbers = await world
      .knex('events')
      .where({ entity: 'streamKey', entity_id: streamKeyId })
      .orderBy('seq')
      .pluck('transition_number');
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    const keyStates = await world.states('streamKey', streamKeyId);
    expect(keyStates.filter((state) => state === 'INACTIVE')).toHaveLength(BEFORE + 1 + AFTER);
    expect(keyStates.filter((state) => state === 'INACTIVE_LIVE')).toHaveLength(1 + DROPS);
    expect(await world.states('videoRoom', room.roomId)).toEqual([
      'SCHEDULED',
      ...Array.from({ length: 1 + DROPS }, () => ['LIVE', 'LIVE_INACTIVE']).flat(),
      'ENDED',
      'ARCHIVING',
      'ARCHIVED',
    ]);
    expect(await world.knex('video_posts').where({ video_room_id: room.roomId })).toHaveLength(1);
  });

  it('while the room, which can not hand over, stays short', async () => {
    const { historyLength } = await world.roomHandle(room).describe();
    expect(historyLength).toBeLessThan(ROOM_EVENTS_PER_DROP * DROPS);
  });

  it('a forced end that is repeated in a later run acts once', async () => {
    await node.publish(member);
    const before = await runId();
    await world.commands.forceTerminateKey(member.key, 'once');
    member.key = { ...member.key, keyVersion: 2 };
    while ((await runId()) === before) {
      const session = await node.publish(member);
      await node.stop(member, session);
    }
    const session = await node.publish(member);
    await world.commands.forceTerminateKey(member.key, 'once');
    expect(node.cuts).not.toContain(session.sessionId);
    expect(await world.keyRow(member)).toMatchObject({ key_version: 2 });
  }, 60_000);

  it('replays every history made here', async () => {
    expect(await world.replayAll()).toBeGreaterThan(FEWEST_RUNS);
  }, 120_000);
});
