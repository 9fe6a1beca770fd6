import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Response } from 'express';
import { EventStream } from '../../src/api/event-stream/stream';
import { createRecordTransition } from '../../src/store/record-transition';
import { Tokens } from '../../src/tokens/tokens';
import { keyTransition, newOwner } from '../store/fixtures';
import { until } from '../support/until';
import { clientOf, newClient, type Client } from './channel-support';
import type { EventClient } from './event-client';
import { EventStage, got, TIMES } from './event-stage';
import { expectError, type Harness } from './harness';

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

describe('a stream', () => {
  it('says something while nothing happens', async () => {
    const client = await stream(ann);
    await until(() => client.comments >= 3, { ...TIMES, what: 'three heartbeats' });
    expect(client.received).toEqual([]);
  });

  it('is refused without a token; takes one in the query, which no log shows', async () => {
    const none = await stage.begin('').opened();
    expect(none.status).toBe(401);
    expectError(await api.ask('/v2/members/me/event-sources', { as: null }), 401, 'EMPTY_ACCESS_TOKEN');
    const elsewhere = await api.ask(`/v2/members/me?accessToken=${ann.token}`, { as: null });
    expectError(elsewhere, 401, 'EMPTY_ACCESS_TOKEN');
    const client = await stage.begin('', { query: `?accessToken=${ann.token}` }).opened();
    expect(client.status).toBe(200);
    client.cut();
    await until(() => /event-sources/.test(api.log), { ...TIMES, what: 'the line in the log' });
    expect(api.log).not.toContain(ann.token);
  });

  it('ends with its token: expired, taken back, or of a member that is gone', async () => {
    const [carl, dora] = [await newClient(api, 'carl'), await newClient(api, 'dora')];
    const almost = Date.now() - 24 * 60 * 60_000 + 3_000;
    const expiring = await new Tokens(api).mintAccess({
      appId: api.owner.appId,
      memberId: ann.memberId,
      guest: false,
      issuedAtMs: almost,
    });
    const clients = [
      await stream({ ...ann, token: expiring }),
      await stream(carl),
      await stream(dora),
      await stream(ann),
    ];
    expect(clients.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await api.post('/members/carl/revoke-tokens')).status).toBe(204);
    await api.knex('members').where({ id: dora.memberId }).update({ entity_state: 'DELETED' });
    await until(() => clients.slice(0, 3).every(({ ended }) => ended), { ...TIMES, what: 'three to end' });
    expect(clients[3]?.ended).toBe(false);
  });

  it('ends with its login: a spent refresh token was used again', async () => {
    const login = async () => (await api.post('/members/login', { body: { appUserId: 'frank' } })).body;
    const [robbed, other] = [await login(), await login()];
    const { memberId } = await api.knex('members').where({ app_user_id: 'frank' }).first({ memberId: 'id' });
    const listen = ({ accessToken }: { accessToken: string }) =>
      stream({ ...ann, memberId, token: accessToken });
    const [ending, staying] = [await listen(robbed), await listen(other)];
    expect([ending.status, staying.status]).toEqual([200, 200]);
    const refresh = (refreshToken: string) =>
      api.ask('/v2/members/tokens/refresh', { as: null, body: { refreshToken } });
    const { body: renewed } = await refresh(robbed.refreshToken);
    await refresh(renewed.refreshToken);
    expectError(await refresh(robbed.refreshToken), 401, 'INVALID_REFRESH_TOKEN');
    await until(() => ending.ended, { ...TIMES, what: 'the stream of the login to end' });
    expect(staying.ended).toBe(false);
  });

  it('whose reader does not take its end is cut', async () => {
    const pass = { memberId: 1, issuedAtMs: 0, expiresAtMs: 0, familyId: null };
    const answers: { res: ServerResponse; opened: EventStream }[] = [];
    const server = createServer((_req, res) => {
      answers.push({ res, opened: new EventStream(res as Response, pass, { endTimeoutMs: 200 }) });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const reader = connect((server.address() as AddressInfo).port, '127.0.0.1');
    try {
      reader.pause().write('GET / HTTP/1.1\r\nHost: here\r\n\r\n');
      const { res, opened } = await until(() => answers[0], { ...TIMES, what: 'the request' });
      opened.begin();
      const isStuck = () => {
        // What the sockets on the way take is gone by the next look; what they do not take stays.
        if (res.writableLength > 0) return true;
        opened.send(Buffer.alloc(128 * 1024));
        return false;
      };
      await until(isStuck, { ...TIMES, what: 'the way to be full' });
      opened.end();
      await until(() => res.destroyed, { ...TIMES, what: 'the stream to be cut' });
    } finally {
      reader.destroy();
      server.close();
    }
  });

  it('whose reader is slow is dropped, and resumes where it was', async () => {
    const { path } = await joinedRoom(owner, ann);
    const slow = await stream(ann);
    const [start, quick] = [slow.lastId, await stream(owner)];
    slow.pause();
    // More than the sockets on the way take: about 10 MB.
    const COUNT = 1_600;
    const payload = {
      origin: 'APP',
      type: 'MESSAGE',
      deliveryType: 'BROADCAST',
      channelId: Number(path.split('/')[2]),
      customType: 'BULK',
      channelMember: null,
    };
    await api.knex.raw(
      `insert into member_events (app_id, channel_id, payload)
       select ?, ?, ?::jsonb || jsonb_build_object('customData', jsonb_build_object('i', i), 'message', repeat('x', 10000))
       from generate_series(1, ?) i`,
      [api.owner.appId, payload.channelId, JSON.stringify(payload), COUNT],
    );
    await until(() => api.eventStreams.size === 1, { ...TIMES, what: 'the slow one to be dropped' });
    await until(() => quick.ofType('BULK').length === COUNT, { ...TIMES, what: 'the quick one to have all' });
    const resumed = await stream(ann, { lastId: start });
    await until(() => resumed.ofType('BULK').length === COUNT, { timeoutMs: 20_000, what: 'all of it' });
    expect(resumed.ofType('BULK').map(({ customData }) => customData.i)).toEqual(
      Array.from({ length: COUNT }, (_, i) => i + 1),
    );
  }, 60_000);

  it('is no other app’s: the same names and channels elsewhere are not heard', async () => {
    const other = await newOwner(api.knex, api.vault);
    const stranger = await clientOf(api, other, other.appId);
    const client = await stream(stranger);
    const { path } = await joinedRoom(ann);
    await ann.post(`${path}/messages`, { message: 'ours' });
    await createRecordTransition(api.knex)(keyTransition(other));
    await got(client, 1, 'CHANGE_DATA_CAPTURE');
    expect(client.messages).toHaveLength(1);
  });

  it('of one member is one of a few: the oldest goes', async () => {
    const eve = await newClient(api, 'eve');
    const clients: EventClient[] = [];
    for (let i = 0; i < 17; i += 1) clients.push(await stream(eve));
    await until(() => clients[0]?.ended, { ...TIMES, what: 'the oldest to end' });
    expect(clients.slice(1).map(({ ended }) => ended)).not.toContain(true);
  });
});
