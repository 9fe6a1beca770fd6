import { decodeJwt, decodeProtectedHeader } from 'jose';
import { takeTokensBack } from '../../src/store/members';
import { RefreshTokens } from '../../src/tokens/refresh-tokens';
import { rotateSigningKey } from '../../src/tokens/signing-keyring';
import { Tokens } from '../../src/tokens/tokens';
import { newOwner } from '../store/fixtures';
import { until } from '../support/until';
import { forgeriesOf } from './forgeries';
import { expectError, Harness, type Reply } from './harness';

const DAY_MS = 24 * 60 * 60 * 1_000;

let api: Harness;
let tokens: Tokens;
beforeAll(async () => {
  api = await Harness.start();
  tokens = new Tokens(api);
});
afterAll(() => api.stop());

interface Login {
  accessToken: string;
  refreshToken: string;
  streamingToken: string;
  member: { id: number; appUserId: string };
}
const seen: string[] = [];
const remember = (reply: Reply): Login => {
  expect(reply.status).toBe(200);
  seen.push(reply.body.accessToken, reply.body.refreshToken, reply.body.streamingToken);
  return reply.body as Login;
};

const logIn = async (appUserId = 'alice') =>
  remember(await api.post('/members/login', { body: { appUserId } }));
const me = (accessToken: string) =>
  api.ask('/v2/members/me', { as: null, headers: { authorization: `Bearer ${accessToken}` } });
const refresh = (refreshToken: unknown, headers: Record<string, string> = {}) =>
  api.ask('/v2/members/tokens/refresh', { as: null, body: { refreshToken }, headers });
const familyOf = (refreshToken: string) => api.knex('refresh_families').where({ id: uuidIn(refreshToken) });
const uuidIn = (refreshToken: string) =>
  (refreshToken.split('.')[1] ?? '').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const isOver = (asked: Promise<Reply>): Promise<boolean> =>
  Promise.race([asked.then(() => true), new Promise<boolean>((done) => setImmediate(done, false))]);
const later = (date: Date, ms: number) => new Date(date.getTime() + ms);

describe('login', () => {
  it('registers the member, updates the profile, and lets it in', async () => {
    const body = { appUserId: 'bob', appUserName: 'Bob', id: 5, state: null };
    const first = remember(await api.post('/members/login', { body }));
    expect(first.member).toMatchObject({ appUserId: 'bob', appUserName: 'Bob' });
    const again = remember(await api.post('/members/login', { body: { ...body, appUserName: 'Bobby' } }));
    expect(again.member).toMatchObject({ id: first.member.id, appUserName: 'Bobby' });
    expect((await me(first.accessToken)).body).toEqual(again.member);
    expect((await api.get('/members/bob/stream-key')).status).toBe(200);
  });

  it('makes an access token of a day and a streaming token as long as the app says', async () => {
    await api.knex('apps').where({ id: api.owner.appId }).update({ streaming_token_seconds: 90 });
    const { accessToken, streamingToken } = await logIn();
    await api.knex('apps').where({ id: api.owner.appId }).update({ streaming_token_seconds: 86_400 });
    const lives = (jwt: string) => decodeJwt(jwt).exp! - decodeJwt(jwt).iat!;
    expect([lives(accessToken), lives(streamingToken)]).toEqual([86_400, 90]);
  });

  it('names no member that can’t be', async () => {
    expectError(await api.post('/members/login'), 400, 'EMPTY_APP_USER_ID');
    expectError(
      await api.post('/members/login', { body: { appUserId: 'a b' } }),
      400,
      'INVALID_APP_USER_ID_FORMAT',
    );
  });

  it('lets a guest in, who is told apart', async () => {
    const guest = remember(await api.post('/members/login-as-guest'));
    expect((await me(guest.accessToken)).body).toEqual(guest.member);
    expect(await tokens.verifyStreaming(guest.streamingToken)).toMatchObject({
      appId: api.owner.appId,
      memberId: guest.member.id,
      guest: true,
    });
    expectError(await api.get(`/members/${guest.member.appUserId}/stream-key`), 404, 'STREAM_KEY_NOT_FOUND');
  });

  it('makes a member of a guest that registers', async () => {
    const { member } = remember(await api.post('/members/login-as-guest'));
    const { accessToken } = await logIn(member.appUserId);
    expect((await tokens.verifyAccess(accessToken)).guest).toBe(false);
  });
});

it('makes a streaming token of the app’s own', async () => {
  const reply = await api.post('/streaming-tokens');
  expect(reply.status).toBe(201);
  seen.push(reply.body.streamingToken);
  expect(await tokens.verifyStreaming(reply.body.streamingToken)).toMatchObject({
    appId: api.owner.appId,
    memberId: null,
    guest: false,
  });
});

describe('no token passes for another', () => {
  it.each([
    ['a streaming token on the member API', (it: Login) => me(it.streamingToken), 'INVALID_ACCESS_TOKEN'],
    ['a refresh token on the member API', (it: Login) => me(it.refreshToken), 'INVALID_ACCESS_TOKEN'],
    ['an access token for a renewal', (it: Login) => refresh(it.accessToken), 'INVALID_REFRESH_TOKEN'],
    ['a streaming token for a renewal', (it: Login) => refresh(it.streamingToken), 'INVALID_REFRESH_TOKEN'],
  ])('%s', async (_what, ask, code) => {
    expectError(await ask(await logIn()), 401, code);
  });

  it('an access token to watch', async () => {
    const { accessToken, refreshToken } = await logIn();
    for (const token of [accessToken, refreshToken])
      await expect(tokens.verifyStreaming(token)).rejects.toMatchObject({ code: 'INVALID_STREAMING_TOKEN' });
  });

  it('member tokens on the server API, app credentials on the member API', async () => {
    const { accessToken } = await logIn();
    const reply = await api.get('/video-rooms', {
      as: null,
      headers: { authorization: `Bearer ${accessToken}` },
    });
    expectError(reply, 401, 'EMPTY_APP_CREDENTIALS');
    expect(reply.headers.get('www-authenticate')).toMatch(/^Basic /);
    const other = await api.ask('/v2/members/me');
    expectError(other, 401, 'EMPTY_ACCESS_TOKEN');
    expect(other.headers.get('www-authenticate')).toMatch(/^Bearer /);
  });

  it('an access token in the address', async () => {
    const { accessToken } = await logIn();
    expectError(
      await api.ask(`/v2/members/me?accessToken=${accessToken}`, { as: null }),
      401,
      'EMPTY_ACCESS_TOKEN',
    );
  });
});

describe('refuses what it did not sign', () => {
  it('whatever is wrong with it', async () => {
    const { accessToken } = await logIn();
    for (const [what, token] of await forgeriesOf(accessToken)) {
      const reply = await me(token);
      const code = what === 'nothing' ? 'EMPTY_ACCESS_TOKEN' : 'INVALID_ACCESS_TOKEN';
      expect({ what, status: reply.status, code: reply.body.errorCode }).toEqual({ what, status: 401, code });
    }
  });

  it('a refresh token that was made up', async () => {
    const { refreshToken } = await logIn();
    const [rt, family, , seal] = refreshToken.split('.');
    for (const token of [
      'x',
      `${rt}.${family}.1.${seal}`,
      `${refreshToken}x`,
      refreshToken.slice(0, -1),
      7,
      {},
    ])
      expectError(await refresh(token), 401, 'INVALID_REFRESH_TOKEN');
    for (const token of ['', null, undefined]) expectError(await refresh(token), 400, 'EMPTY_REFRESH_TOKEN');
    expectError(await refresh('x'.repeat(20_000)), 413, 'PAYLOAD_TOO_LARGE');
    expect((await refresh(refreshToken)).status).toBe(200);
  });
});

it('refuses what has expired', async () => {
  const yesterday = new Tokens({ ...api, now: () => Date.now() - DAY_MS - 1_000 });
  const member = { appId: api.owner.appId, memberId: api.owner.memberId, guest: false };
  expectError(await me(await yesterday.mintAccess(member)), 401, 'EXPIRED_ACCESS_TOKEN');
  const streaming = await yesterday.mintStreaming({ ...member, seconds: 86_400 });
  await expect(tokens.verifyStreaming(streaming)).rejects.toMatchObject({ code: 'EXPIRED_STREAMING_TOKEN' });
  const { refreshToken } = await logIn();
  await familyOf(refreshToken).update({ expires_at: new Date() });
  expectError(await refresh(refreshToken), 401, 'EXPIRED_REFRESH_TOKEN');
});

describe('signing keys', () => {
  it('rotate without logging anyone out', async () => {
    const { accessToken } = await logIn();
    await rotateSigningKey(api.knex, api.vault);
    const { owner } = api;
    const next = await new Tokens(api).mintAccess({
      appId: owner.appId,
      memberId: owner.memberId,
      guest: false,
    });
    expect(decodeProtectedHeader(next).kid).not.toBe(decodeProtectedHeader(accessToken).kid);
    // A process reads an unknown key at most once a second.
    const clock = Date.now() + 2_000;
    const running = new Tokens({ ...api, now: () => clock });
    expect((await running.verifyAccess(accessToken)).memberId).toBe(owner.memberId);
    expect((await running.verifyAccess(next)).memberId).toBe(owner.memberId);
    expect((await me(accessToken)).status).toBe(200);
  });

  it('are forgotten once their longest token is over', async () => {
    const { streamingToken } = await logIn();
    await rotateSigningKey(api.knex, api.vault);
    const old = decodeProtectedHeader(streamingToken).kid;
    await api
      .knex('signing_keys')
      .where({ kid: old })
      .update({ retired_at: new Date(Date.now() - 8 * DAY_MS) });
    await expect(new Tokens(api).verifyStreaming(streamingToken)).rejects.toMatchObject({
      code: 'INVALID_STREAMING_TOKEN',
    });
    await rotateSigningKey(api.knex, api.vault);
    expect(await api.knex('signing_keys').where({ kid: old })).toEqual([]);
  });

  it('are made once, whoever needs the first', async () => {
    await api.knex('signing_keys').update({ retired_at: new Date() });
    const of = { appId: api.owner.appId, memberId: null, guest: false, seconds: 60 };
    const made = await Promise.all([1, 2, 3, 4].map(() => new Tokens(api).mintStreaming(of)));
    expect(new Set(made.map((token) => decodeProtectedHeader(token).kid)).size).toBe(1);
  });

  it('are no reason to ask Postgres for each token', async () => {
    let clock = Date.now();
    const quiet = new Tokens({ ...api, now: () => clock });
    const of = { appId: api.owner.appId, memberId: api.owner.memberId, guest: false };
    const token = await quiet.mintAccess(of);
    const [, payload, signature] = token.split('.');
    const unknown = `${Buffer.from('{"alg":"HS256","typ":"at+jwt","kid":"nobody"}').toString('base64url')}.${payload}.${signature}`;
    let queries = 0;
    const count = () => queries++;
    api.knex.on('query', count);
    for (let i = 0; i < 100; i++) await quiet.verifyAccess(token);
    expect(queries).toBe(0);
    clock += 1_000;
    for (let i = 0; i < 20; i++) await expect(quiet.verifyAccess(unknown)).rejects.toThrow();
    expect(queries).toBe(1);
    clock += 60_000;
    await Promise.all(Array.from({ length: 20 }, () => quiet.verifyAccess(token)));
    api.knex.off('query', count);
    expect(queries).toBe(2);
  });

  it('stand in no row in clear text', async () => {
    const rows = await api.knex('signing_keys').select('secret_ciphertext');
    for (const row of rows) expect(row.secret_ciphertext.length).toBe(1 + 12 + 16 + 44);
  });
});

describe('refresh tokens', () => {
  it('renew all three, once', async () => {
    const first = await logIn();
    const second = remember(await refresh(first.refreshToken));
    const third = remember(await refresh(second.refreshToken));
    const all = [first, second, third].flatMap((it) => [it.accessToken, it.refreshToken, it.streamingToken]);
    expect(new Set(all).size).toBe(9);
    expect(third.member).toEqual(first.member);
    for (const it of [first, second, third]) expect((await me(it.accessToken)).status).toBe(200);
  });

  it('give the same successors to a client that lost the answer', async () => {
    const { refreshToken } = await logIn();
    const replies = await Promise.all(Array.from({ length: 5 }, () => refresh(refreshToken)));
    const [first, ...others] = replies.map(remember);
    for (const other of others) expect(other).toEqual(first);
    await familyOf(refreshToken).update({ rotated_at: new Date(Date.now() - 28_000) });
    expect((await refresh(refreshToken)).body.refreshToken).toBe(first!.refreshToken);
    expect((await refresh(first!.refreshToken)).status).toBe(200);
  });

  it('end the whole login when one is used again later', async () => {
    const first = await logIn();
    const elsewhere = await logIn();
    const second = remember(await refresh(first.refreshToken));
    const row = await familyOf(first.refreshToken).first('rotated_at');
    await familyOf(first.refreshToken).update({ rotated_at: later(row.rotated_at, -30_001) });
    expectError(await refresh(first.refreshToken), 401, 'INVALID_REFRESH_TOKEN');
    expectError(await refresh(second.refreshToken), 401, 'INVALID_REFRESH_TOKEN');
    for (const { accessToken } of [first, second])
      expectError(await me(accessToken), 401, 'INVALID_ACCESS_TOKEN');
    expect((await me(elsewhere.accessToken)).status).toBe(200);
    expect((await refresh(elsewhere.refreshToken)).status).toBe(200);
  });

  it('end it at once where the successor was spent too', async () => {
    const first = await logIn();
    const second = remember(await refresh(first.refreshToken));
    const third = remember(await refresh(second.refreshToken));
    expectError(await refresh(first.refreshToken), 401, 'INVALID_REFRESH_TOKEN');
    expectError(await refresh(third.refreshToken), 401, 'INVALID_REFRESH_TOKEN');
  });

  it('never count as granted before the one that they follow', async () => {
    const { appId, memberId } = api.owner;
    const ahead = Date.now() + 60_000;
    const refreshTokens = new RefreshTokens(api);
    const first = await refreshTokens.begin({ appId, memberId }, ahead);
    expect((await refreshTokens.rotate(first.refreshToken)).grantedAtMs).toBe(ahead);
  });
});

describe('taking back', () => {
  const refused = async ({ accessToken, refreshToken }: Login) => {
    expectError(await me(accessToken), 401, 'INVALID_ACCESS_TOKEN');
    expectError(await refresh(refreshToken), 401, 'INVALID_REFRESH_TOKEN');
  };

  it('ends all tokens of a member, and no later ones', async () => {
    const [phone, tablet, other] = [await logIn('carol'), await logIn('carol'), await logIn('dave')];
    expect((await api.post('/members/carol/revoke-tokens')).status).toBe(204);
    await refused(phone);
    await refused(tablet);
    expect((await me(other.accessToken)).status).toBe(200);
    const next = await logIn('carol');
    expect((await me(next.accessToken)).status).toBe(200);
    expect((await refresh(next.refreshToken)).status).toBe(200);
  });

  it('counts for a renewal that is under way', async () => {
    const { member, refreshToken } = await logIn('hugo');
    const waiting = api.knex('pg_stat_activity').whereRaw('datname = current_database()');
    const waits = async () => (await waiting.clone().where({ wait_event_type: 'Lock' })).length > 0;
    let renewal: Promise<Reply> | null = null;
    await api.knex.transaction(async (trx) => {
      await takeTokensBack(trx, api.owner.appId, member.appUserId);
      // It reads the member as it was, and then waits for us.
      const begun = (renewal = refresh(refreshToken));
      const isSettled = async () => (await waits()) || isOver(begun);
      await until(isSettled, { timeoutMs: 10_000, what: 'the renewal to wait or to end' });
    });
    expectError(await renewal!, 401, 'INVALID_REFRESH_TOKEN');
  });

  it('knows no member of another app', async () => {
    const stranger = await newOwner(api.knex, api.vault, 'stranger');
    for (const name of ['stranger', 'nobody', 'a%00b'])
      expectError(await api.post(`/members/${name}/revoke-tokens`), 404, 'MEMBER_NOT_FOUND');
    expect((await api.post('/members/stranger/revoke-tokens', { as: stranger })).status).toBe(204);
  });

  it('comes with a member’s deletion, also when it registers again', async () => {
    const login = await logIn('erin');
    const row = api.knex('members').where({ id: login.member.id });
    await row.clone().update({ entity_state: 'DELETED' });
    await refused(login);
    const again = await logIn('erin');
    await refused(login);
    expect((await me(again.accessToken)).status).toBe(200);
  });

  it('comes with an app’s deletion', async () => {
    const owner = await newOwner(api.knex, api.vault);
    const login = remember(await api.post('/members/login', { as: owner, body: { appUserId: 'frank' } }));
    await api.knex('apps').where({ id: owner.appId }).update({ entity_state: 'DELETED' });
    await refused(login);
  });
});

describe('idempotency keys', () => {
  it('keep no token: a repeat is answered anew', async () => {
    const ask = () =>
      api.post('/members/login', { body: { appUserId: 'gina' }, headers: { 'Idempotency-Key': 'login' } });
    const [first, second] = [remember(await ask()), remember(await ask())];
    expect(second.refreshToken).not.toBe(first.refreshToken);
    const { appId } = api.owner;
    const row = await api
      .knex('idempotency_keys')
      .where({ app_id: appId })
      .orderBy('created_at', 'desc')
      .first();
    expect(row.status).toBe(200);
    expect((row.body_ciphertext as Buffer | null)?.length ?? 0).toBeLessThan(60);
  });

  it('let a renewal be told again after the 30 s', async () => {
    const { refreshToken } = await logIn();
    const key = { 'Idempotency-Key': 'renew' };
    const first = remember(await refresh(refreshToken, key));
    await familyOf(refreshToken).update({ rotated_at: new Date(Date.now() - 60_000) });
    expect((await refresh(refreshToken, key)).body.refreshToken).toBe(first.refreshToken);
    expectError(await refresh(refreshToken), 401, 'INVALID_REFRESH_TOKEN');
  });
});

it('writes no token into the log', () => {
  expect(seen.length).toBeGreaterThan(50);
  for (const token of seen) expect(api.log).not.toContain(token);
  expect(api.log).not.toContain('eyJ');
});
