import { streamedEvent } from '../../src/api/contract/entities/channel';
import { joinChannel } from '../../src/store/channel-members';
import { findChannel } from '../../src/store/channels';
import { createKnex } from '../../src/store/knex';
import { listEventsOfMember, purgeMemberEvents, readMemberEventLog } from '../../src/store/member-events';
import { createRecordTransition } from '../../src/store/record-transition';
import { keyTransition, newMember, newRoom, roomTransition, type Owner } from '../store/fixtures';
import { until } from '../support/until';
import { clientOf, newClient, type Client } from './channel-support';
import { EventStage, got, TIMES } from './event-stage';
import { BASES, type Harness } from './harness';

const stage = new EventStage();
const { stream, joinedRoom } = stage;
let api: Harness;
let owner: Client;
let ann: Client;
beforeAll(async () => {
  ({ api, owner, ann } = await stage.start());
});
afterEach(() => stage.clear());
afterAll(() => api.stop());

/** The rows of the log that are addressed to a member after a position, as it is told to whoever reads it all anew. */
async function addressed(who: Client, after: string | null): Promise<string[]> {
  const { position } = await readMemberEventLog(api.knex);
  const range = { after: Number(after), upTo: position, limit: 100_000 };
  return (await listEventsOfMember(api.knex, who.memberId, range)).map((row) => String(row.position));
}

/** A show that goes on and off, with people talking, until it is stopped. */
function broadcast(show: Owner, roomId: number, host: Client): { stop(): Promise<void> } {
  const record = createRecordTransition(api.knex);
  let going = true;
  const run = async () => {
    for (let i = 1; going; i += 1) {
      const to = i % 2 ? ('LIVE' as const) : ('LIVE_INACTIVE' as const);
      await record(roomTransition(show, roomId, { transitionNumber: i, type: `VIDEO_ROOM_${to}`, to }));
      const said = { message: String(i), persistence: i % 3 === 0 };
      await host.post(`/video-rooms/${roomId}/channel/messages`, said);
    }
  };
  const running = run();
  return {
    stop: () => {
      going = false;
      return running;
    },
  };
}

describe('what is told', () => {
  it('is a change of the stream key, to its owner alone', async () => {
    const [mine, others] = [await stream(owner), await stream(ann)];
    const record = createRecordTransition(api.knex);
    await record(
      keyTransition(api.owner, {
        patch: { epoch: 1, sessionId: 's', sessionMode: 'RTMP_CMAF' },
        sessionId: 's',
      }),
    );
    await record(
      keyTransition(api.owner, {
        transitionNumber: 2,
        from: 'ACTIVE_PREP',
        to: 'ACTIVE',
        type: 'STREAM_KEY_ACTIVE',
        sessionId: 's',
        patch: {},
      }),
    );
    await got(mine, 2, 'CHANGE_DATA_CAPTURE');
    const [prep, active] = mine.messages;
    expect(prep).toEqual({
      messageId: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
      sentAt: expect.stringMatching(/Z$/),
      origin: 'SYSTEM',
      type: 'MESSAGE',
      deliveryType: 'UNICAST',
      customType: 'CHANGE_DATA_CAPTURE',
      customData: {
        type: 'STREAM_KEY',
        streamKeyId: String(api.owner.streamKeyId),
        streamKeyState: 'ACTIVE_PREP',
        liveUrl: null,
      },
    });
    expect(active.customData).toMatchObject({
      streamKeyState: 'ACTIVE',
      liveUrl: expect.stringContaining(api.vault.previewName('s')),
    });
    for (const message of mine.messages) expect(streamedEvent.parse(message)).toEqual(message);
    expect(others.messages).toEqual([]);
  });

  it('is what happens in a joined channel, from the own JOINED to the own LEAVED', async () => {
    const events = await stream(ann);
    const { id, path } = await joinedRoom(owner, ann);
    await owner.post(`${path}/messages`, { message: 'welcome' });
    await createRecordTransition(api.knex)(roomTransition(api.owner, id));
    await ann.post(`${path}/leave`);
    await owner.post(`${path}/messages`, { message: 'still here?' });
    await ann.post(`${path}/join`);
    await got(events, 2, 'JOINED');
    const told = events.messages.map(
      ({ customType, message, customData }) => customType ?? message ?? customData,
    );
    expect(told).toEqual([
      'JOINED',
      'CHANNEL_STAT_UPDATED',
      'welcome',
      'CHANGE_DATA_CAPTURE',
      'LEAVED',
      ...(told.length > 6 ? ['JOINED', 'CHANNEL_STAT_UPDATED'] : ['JOINED']),
    ]);
    const [joined, count, said, live] = events.messages;
    expect(joined).toMatchObject({
      deliveryType: 'BROADCAST',
      channelId: String(id),
      channelMember: { type: 'MEMBER', appUser: { appUserId: 'ann' } },
    });
    expect(count.customData).toEqual({ currentOnlineMemberCount: 2 });
    expect(said).toMatchObject({ origin: 'MEMBER', channelMember: { type: 'OPERATOR' } });
    const { playback_name } = await api.knex('video_rooms').where({ id }).first();
    expect(live.customData).toEqual({
      type: 'VIDEO_ROOM',
      videoRoomId: String(id),
      videoRoomState: 'LIVE',
      playUrl: expect.stringContaining(`${BASES.http}/live/${playback_name}`),
      cmafHlsPlayUrl: expect.stringContaining(playback_name),
      cmafDashPlayUrl: expect.stringContaining(playback_name),
      rtmpPlayUrl: expect.stringContaining(playback_name),
      httpFlvPlayUrl: expect.stringContaining(playback_name),
    });
    for (const message of events.messages) expect(streamedEvent.parse(message)).toEqual(message);
  });

  it('ends with a ban, and goes to direct receivers alone', async () => {
    const bob = await newClient(api, 'bob');
    const { id, path } = await joinedRoom(owner, ann, bob);
    const events = await stream(bob);
    await api.post(`/video-rooms/${id}/chat-room`);
    const direct = { messageType: 'DM', message: 'for bob', appUserIds: ['bob'] };
    await api.post(`/video-rooms/${id}/chat-room/admin/messages/direct`, { body: direct });
    await api.post(`/video-rooms/${id}/chat-room/admin/messages/direct`, {
      body: { ...direct, message: 'for ann', appUserIds: ['ann'] },
    });
    await owner.post(`${path}/members/bob/ban`);
    await owner.post(`${path}/messages`, { message: 'among us' });
    await got(events, 1, 'LEAVED');
    expect(events.messages.map(({ message }) => message)).toEqual(['for bob', null]);
    expect(events.messages[0]).toMatchObject({ origin: 'APP', deliveryType: 'UNICAST' });
  });
});

describe('resuming', () => {
  it('tells all that is addressed to the member, none twice: cut 20 times during a broadcast, at two APIs in turn', async () => {
    const second = await stage.anotherApi();
    const member = await newMember(api.knex, api.vault, api.owner.appId, 'host');
    const host = await clientOf(api, member);
    const show = { ...api.owner, ...member };
    const roomId = await newRoom(api.knex, show);
    for (const client of [host, ann]) await client.post(`/video-rooms/${roomId}/channel/join`);
    let client = await stream(ann);
    const start = client.lastId;
    const received: string[] = [];
    const broadcasting = broadcast(show, roomId, host);
    for (let cuts = 0; cuts < 20; cuts += 1) {
      await until(() => client.received.length > 0, { ...TIMES, what: 'an event between two cuts' });
      client.cut();
      received.push(...client.received.map(({ id }) => String(id)));
      const port = cuts % 2 === 0 ? second.port : api.port;
      client = await stream(ann, { lastId: client.lastId, inQuery: cuts % 3 === 0, port });
    }
    await broadcasting.stop();
    const rows = await until(
      async () => {
        const all = await addressed(ann, start);
        return received.length + client.received.length >= all.length && all;
      },
      { ...TIMES, what: 'the last event' },
    );
    received.push(...client.received.map(({ id }) => String(id)));
    expect(received).toEqual(rows);
    expect(received.length).toBeGreaterThan(20);
  }, 60_000);

  it('goes on at the next API when one stops: its streams end', async () => {
    const second = await stage.anotherApi();
    const { path } = await joinedRoom(ann, owner);
    const client = await stream(ann, { port: second.port });
    await owner.post(`${path}/messages`, { message: 'before' });
    await until(() => client.messages.length === 1, { ...TIMES, what: 'the message before' });
    await second.stop();
    await until(() => client.ended, { ...TIMES, what: 'the stream to end' });
    await owner.post(`${path}/messages`, { message: 'between' });
    const next = await stream(ann, { lastId: client.lastId });
    await owner.post(`${path}/messages`, { message: 'after' });
    await until(() => next.messages.length === 2, { ...TIMES, what: 'the messages after' });
    expect(next.messages.map(({ message }) => message)).toEqual(['between', 'after']);
  });

  it('tells each once where a later row commits first', async () => {
    const { id } = await joinedRoom(owner, ann);
    const client = await stream(ann);
    const [slow, fast] = [createKnex(api.stack.databaseUrl), createKnex(api.stack.databaseUrl)];
    try {
      const insert = (text: string) => ({
        app_id: api.owner.appId,
        channel_id: id,
        payload: JSON.stringify({
          origin: 'APP',
          type: 'MESSAGE',
          deliveryType: 'BROADCAST',
          channelId: id,
          customType: text,
          customData: null,
          channelMember: null,
          message: null,
        }),
      });
      const first = await slow.transaction();
      const second = await fast.transaction();
      const [early] = await first('member_events').insert(insert('early')).returning('id');
      const [late] = await second('member_events').insert(insert('late')).returning('id');
      expect(early.id).toBeLessThan(late.id);
      await second.commit();
      await got(client, 1, 'late');
      client.cut();
      // Resumed behind the later one: the earlier one must still come.
      const resumed = await stream(ann, { lastId: client.lastId });
      await first.commit();
      await got(resumed, 1, 'early');
      expect(resumed.ofType('late')).toEqual([]);
      expect(Number(resumed.lastId)).toBeGreaterThan(Number(client.lastId));
    } finally {
      await Promise.all([slow.destroy(), fast.destroy()]);
    }
  });

  it.each(['0', 'future', 'x', '-1', '9'.repeat(30)])(
    'from an id that is not kept (%s) says so, and goes on from now',
    async (id) => {
      await joinedRoom(ann);
      const { position } = await readMemberEventLog(api.knex);
      if (id === '0') await api.knex('member_event_log').update({ forgotten: position });
      const lastId = id === 'future' ? String(position + 1_000) : id;
      const client = await stream(ann, { lastId });
      await until(() => client.received.length > 0, { ...TIMES, what: 'the reset' });
      expect(client.received[0]).toMatchObject({ event: 'reset', data: { reason: 'EVENTS_NOT_KEPT' } });
      expect(client.messages).toEqual([]);
      await api.knex('member_event_log').update({ forgotten: 0 });
      await joinedRoom(ann);
      await got(client, 1, 'JOINED');
    },
  );

  it('is possible for a week', async () => {
    const { path } = await joinedRoom(ann, owner);
    await until(async () => (await api.knex('member_events').whereNull('position')).length === 0, {
      ...TIMES,
      what: 'all rows to be numbered',
    });
    const last = await readMemberEventLog(api.knex);
    await api.knex('member_events').update({ created_at: new Date(Date.now() - 8 * 24 * 60 * 60_000) });
    await owner.post(`${path}/messages`, { message: 'today' });
    await purgeMemberEvents(api.knex, 7 * 24 * 60 * 60_000);
    expect((await readMemberEventLog(api.knex)).forgotten).toBe(last.position);
    const behind = await stream(ann, { lastId: String(last.position - 1) });
    const before = await stream(ann, { lastId: String(last.position) });
    await until(() => before.messages.length === 1 && behind.received.length === 1, {
      ...TIMES,
      what: 'both',
    });
    expect(before.messages[0].message).toBe('today');
    expect(behind.received[0]?.event).toBe('reset');
    await api.knex('member_event_log').update({ forgotten: 0 });
  });
});

it('wakes for what was written while the listening connection was away', async () => {
  const room = await api.newRoom();
  const client = await stream(ann);
  await api.knex.raw(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'showrunner-listener' and datname = current_database()`,
  );
  const channel = await findChannel(api.knex, api.owner.appId, room.id);
  await joinChannel(api.knex, channel!, ann.memberId, { customType: null, customData: null });
  await got(client, 1, 'JOINED');
});
