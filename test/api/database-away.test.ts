import { Tokens } from '../../src/tokens/tokens';
import { until } from '../support/until';
import { expectError, Harness } from './harness';

let api: Harness;
beforeAll(async () => {
  api = await Harness.start({ private: true });
}, 60_000);
afterAll(() => api.stop());

it('says so while Postgres is away, and goes on when it is back', async () => {
  const room = await api.newRoom();
  const { accessToken } = (await api.post('/members/login', { body: { appUserId: 'alice' } })).body;
  let clock = Date.now();
  const tokens = new Tokens({ ...api, now: () => clock });
  await tokens.verifyAccess(accessToken);
  await api.stack.act('postgres', 'kill');
  for (const reply of [
    await api.get(`/video-rooms/${room.id}`),
    await api.post('/members', { body: { appUserId: 'bob' } }),
    await api.post(`/video-rooms/${room.id}/rtmp-broadcast/state/live`, {
      headers: { 'Idempotency-Key': 'k' },
    }),
    await api.ask('/v2/members/me', { as: null, headers: { authorization: `Bearer ${accessToken}` } }),
  ]) {
    expectError(reply, 503, 'DATABASE_UNAVAILABLE');
  }
  // The keys in memory go on to verify, also when they are to be read again.
  clock += 10 * 60_000;
  expect((await tokens.verifyAccess(accessToken)).memberId).toBe(api.owner.memberId);
  await expect(new Tokens(api).verifyAccess(accessToken)).rejects.toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
  });

  expect(await api.ask('/readyz')).toMatchObject({ status: 503, body: { postgres: false, temporal: true } });
  expect((await api.ask('/healthz')).status).toBe(200);

  await api.stack.act('postgres', 'start');
  await until(async () => (await api.ask('/readyz')).status === 200, {
    timeoutMs: 10_000,
    what: 'Postgres to be back',
  });
  expect(await api.get(`/video-rooms/${room.id}`)).toMatchObject({ status: 200, body: { id: room.id } });
}, 60_000);
