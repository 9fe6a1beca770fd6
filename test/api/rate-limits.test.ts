import type { RateLimits } from '../../src/api/rate-limits';
import { newOwner } from '../store/fixtures';
import { basic, expectError, Harness, type Reply } from './harness';

const LIMITS: RateLimits = { appReads: 5, appWrites: 3, memberReads: 4, memberWrites: 2, failedLogins: 3 };

let api: Harness;
beforeEach(async () => {
  api = await Harness.start({ api: { rateLimits: LIMITS } });
});
afterEach(() => api.stop());

async function times(count: number, ask: () => Promise<Reply>): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i += 1) statuses.push((await ask()).status);
  return statuses;
}

it('counts what an app reads, and says so in the standard headers', async () => {
  const first = await api.get('/video-rooms');
  expect(first.headers.get('ratelimit-policy')).toMatch(/^"app-reads"; q=5; w=60; pk=:/);
  expect(first.headers.get('ratelimit')).toMatch(/^"app-reads"; r=4; t=\d+$/);
  expect(await times(4, () => api.get('/video-rooms'))).toEqual([200, 200, 200, 200]);
  const refused = await api.get('/video-rooms');
  expectError(refused, 429, 'TOO_MANY_REQUESTS');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
});

it('counts writes by themselves, each app by itself, and nothing of a refused one is done', async () => {
  const write = (appUserId: string) => api.post('/members', { body: { appUserId } });
  expect(await times(3, () => write('a'))).toEqual([201, 201, 201]);
  expectError(await write('never'), 429, 'TOO_MANY_REQUESTS');
  expectError(await api.get('/members/never/stream-key'), 404, 'MEMBER_NOT_FOUND');
  const other = await newOwner(api.knex, api.vault);
  const theirs = await api.post('/members', { body: { appUserId: 'b' }, as: other });
  expect(theirs.status).toBe(201);
});

it('counts an event stream that is opened among what its member reads', async () => {
  const { accessToken } = (await api.post('/members/login', { body: { appUserId: 'alice' } })).body;
  const as = { as: null, headers: { authorization: `Bearer ${accessToken}` } };
  expect(await times(4, () => api.ask('/v2/members/me', as))).toEqual([200, 200, 200, 200]);
  expectError(await api.ask('/v2/members/me/event-sources', as), 429, 'TOO_MANY_REQUESTS');
});

it('limits wrong credentials of an address; right ones always pass', async () => {
  const authorization = basic(api.owner.apiKey, 'wrong');
  const guess = () => api.get('/video-rooms', { as: null, headers: { authorization } });
  expect(await times(3, guess)).toEqual([401, 401, 401]);
  const limited = await guess();
  expectError(limited, 429, 'TOO_MANY_REQUESTS');
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await api.get('/video-rooms')).status).toBe(200);
});

it('counts nobody’s missing credentials, and no health checks', async () => {
  expect(await times(10, () => api.get('/video-rooms', { as: null }))).toEqual(Array(10).fill(401));
  expect(await times(10, () => api.ask('/healthz', { as: null }))).toEqual(Array(10).fill(200));
});

it('believes X-Forwarded-For only of the proxies that it was told of', async () => {
  const authorization = basic(api.owner.apiKey, 'wrong');
  let client = 0;
  const guess = (of: Harness) => {
    client += 1;
    const headers = { authorization, 'x-forwarded-for': `203.0.113.${client}` };
    return of.get('/video-rooms', { as: null, headers });
  };
  expect(await times(4, () => guess(api))).toEqual([401, 401, 401, 429]);
  const behind = await Harness.start({ api: { rateLimits: LIMITS, trustProxy: ['loopback'] } });
  try {
    expect(await times(6, () => guess(behind))).toEqual(Array(6).fill(401));
  } finally {
    await behind.stop();
  }
});
