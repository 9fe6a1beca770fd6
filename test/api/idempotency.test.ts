import { newOwner } from '../store/fixtures';
import { until } from '../support/until';
import { expectError, Harness, type Reply } from './harness';

const AT_ONCE = 10;

let api: Harness;
beforeAll(async () => {
  api = await Harness.start();
});
afterAll(() => api.stop());

const ROOM = { appUserId: 'alice', type: 'BROADCAST_RTMP', scheduledAt: '2027-01-01T00:00:00Z' };
const keyed = (key: string) => ({ 'Idempotency-Key': key });
const createRoom = (key: string, body: object = ROOM) =>
  api.post('/video-rooms', { body, headers: keyed(key) });

it('creates one room for one key, and answers it again', async () => {
  const first = await createRoom('one');
  const again = await createRoom('one');
  expect(first.status).toBe(201);
  expect(again.status).toBe(201);
  expect(again.body).toEqual(first.body);
  expect(api.commands.created.filter((input) => input.roomId === first.body.id)).toHaveLength(1);
});

it('creates one room for many requests at once; the others are answered or told to wait', async () => {
  const before = api.commands.created.length;
  const replies = await Promise.all(Array.from({ length: AT_ONCE }, () => createRoom('many')));
  expect(api.commands.created.length).toBe(before + 1);
  const done = replies.filter((reply) => reply.status === 201);
  expect(new Set(done.map((reply) => reply.body.id)).size).toBe(1);
  for (const reply of replies.filter((it) => it.status !== 201)) expectError(reply, 400, 'REQUEST_LOCKED');
});

it('refuses the key for another body, and takes it for another path', async () => {
  const room = await createRoom('other');
  expectError(await createRoom('other', { ...ROOM, title: 'Another' }), 422, 'IDEMPOTENCY_KEY_REUSED');
  const command = await api.post(`/video-rooms/${room.body.id}/rtmp-broadcast/state/cancelled`, {
    headers: keyed('other'),
  });
  expect(command.status).toBe(200);
});

it('takes a body whose members stand in another order for the same, and a list in another order for another', async () => {
  const member = { appUserId: 'ordered', customType: '', customData: { a: '1', b: '2' } };
  const turned = { customData: { b: '2', a: '1' }, customType: '', appUserId: 'ordered' };
  const upsert = (key: string, raw: string) => api.post('/members', { raw, headers: keyed(key) });
  const first = await upsert('order', JSON.stringify(member));
  expect(first.status).toBe(201);
  expect((await upsert('order', JSON.stringify(turned))).body).toEqual(first.body);
  const swapped = { ...member, customData: { a: '2', b: '1' } };
  expectError(await upsert('order', JSON.stringify(swapped)), 422, 'IDEMPOTENCY_KEY_REUSED');
  // What no schema reads is a part of the body too.
  const list = (...items: number[]) => JSON.stringify({ ...member, items });
  expect((await upsert('list', list(1, 2))).status).toBe(201);
  expect((await upsert('list', list(1, 2))).status).toBe(201);
  expectError(await upsert('list', list(2, 1)), 422, 'IDEMPOTENCY_KEY_REUSED');
  // JSON.parse makes a member of it; an assignment would not.
  expect((await upsert('proto', '{"appUserId":"ordered","__proto__":{"a":1}}')).status).toBe(201);
  expectError(
    await upsert('proto', '{"appUserId":"ordered","__proto__":{"a":2}}'),
    422,
    'IDEMPOTENCY_KEY_REUSED',
  );
});

it('belongs to one app', async () => {
  await createRoom('shared');
  const other = await newOwner(api.knex, api.vault);
  expect((await api.post('/video-rooms', { body: ROOM, as: other, headers: keyed('shared') })).status).toBe(
    201,
  );
});

it('repeats a refusal, and passes the key on to the command', async () => {
  const room = (await createRoom('refused-room')).body;
  const goLive = () =>
    api.post(`/video-rooms/${room.id}/rtmp-broadcast/state/live`, { headers: keyed('refused') });
  api.commands.refusal = 'STREAM_KEY_STATE_NOT_ACTIVE';
  expectError(await goLive(), 400, 'STREAM_KEY_STATE_NOT_ACTIVE');
  api.commands.refusal = null;
  const asked = api.commands.commands.length;
  expectError(await goLive(), 400, 'STREAM_KEY_STATE_NOT_ACTIVE');
  expect(api.commands.commands.length).toBe(asked);
  expect(api.commands.commands.at(-1)).toEqual({ name: 'goLive', idempotencyKey: 'refused' });
});

it('does not keep what was our fault', async () => {
  api.commands.away = true;
  expectError(await createRoom('away'), 503, 'CONTROL_PLANE_UNAVAILABLE');
  api.commands.away = false;
  expect((await createRoom('away')).status).toBe(201);
});

it('does not keep that another command was in the way', async () => {
  const room = (await createRoom('locked-room')).body;
  const cancel = () =>
    api.post(`/video-rooms/${room.id}/rtmp-broadcast/state/cancelled`, { headers: keyed('locked') });
  api.commands.refusal = 'REQUEST_LOCKED';
  expectError(await cancel(), 400, 'REQUEST_LOCKED');
  api.commands.refusal = null;
  expect((await cancel()).status).toBe(200);
});

it('tells a repeat that comes while the first is at work', async () => {
  const room = (await createRoom('slow-room')).body;
  const cancel = () =>
    api.post(`/video-rooms/${room.id}/rtmp-broadcast/state/cancelled`, { headers: keyed('slow') });
  let open = () => {};
  api.commands.gate = new Promise((resolve) => (open = resolve));
  const asked = api.commands.commands.length;
  const first = cancel();
  while (api.commands.commands.length === asked) await new Promise((resolve) => setImmediate(resolve));
  expectError(await cancel(), 400, 'REQUEST_LOCKED');
  open();
  api.commands.gate = null;
  const done = await first;
  expect(done).toMatchObject({ status: 200, body: { videoRoomState: 'CANCELLED' } });
  expect((await cancel()).body).toEqual(done.body);
});

it('keeps the key of a request that takes longer than its lock', async () => {
  const room = (await createRoom('lasting-room')).body;
  const cancel = () =>
    api.post(`/video-rooms/${room.id}/rtmp-broadcast/state/cancelled`, { headers: keyed('lasting') });
  let open = () => {};
  api.commands.gate = new Promise((resolve) => (open = resolve));
  const first = cancel();
  // The only one that has no answer yet.
  const row = () => api.knex('idempotency_keys').where({ app_id: api.owner.appId }).whereNull('status');
  const isLocked = async () => (await row().first('locked_until'))?.locked_until > new Date();
  await until(isLocked, { timeoutMs: 5_000, what: 'the claim' });
  // As if ten seconds had passed.
  await row().update({ locked_until: new Date() });
  await until(isLocked, { timeoutMs: 10_000, what: 'the lock to be renewed' });
  expectError(await cancel(), 400, 'REQUEST_LOCKED');
  open();
  api.commands.gate = null;
  expect((await first).status).toBe(200);
});

it('answers 204 again without a body', async () => {
  const terminate = () =>
    api.post(`/stream-keys/${api.owner.streamKeyId}/force-terminate`, { headers: keyed('terminate') });
  expect((await terminate()).status).toBe(204);
  expect(await terminate()).toMatchObject({ status: 204, body: null });
  expect(api.commands.forceTerminated).toHaveLength(1);
});

it.each(['', ' ', 'a b', 'ü', 'x'.repeat(256)])('refuses %j as a key', async (key) => {
  expectError(await createRoom(key), 400, 'INVALID_REQUEST');
});

it('keeps no answer in clear text', async () => {
  await createRoom('clear', { ...ROOM, title: 'do-not-read-me' });
  const newest = api.knex('idempotency_keys').orderBy('created_at', 'desc');
  const row = await newest.first('body_ciphertext');
  expect(row.body_ciphertext.length).toBeGreaterThan(100);
  expect(row.body_ciphertext.toString('latin1')).not.toContain('do-not-read-me');
});

describe('where the answer has tokens, which are not kept', () => {
  const letIn = (key: string) => api.post('/members/login-as-guest', { headers: keyed(key) });
  const guests = async () => Number((await api.knex('members').where({ type: 'GUEST' }).count())[0]!.count);
  const memberOf = (reply: Reply) => {
    expect(reply.status).toBe(200);
    return reply.body.member;
  };

  it('finds the guest again that the first request let in, and gives it new tokens', async () => {
    const before = await guests();
    const [first, again] = [await letIn('guest'), await letIn('guest')];
    expect(memberOf(again)).toEqual(memberOf(first));
    expect(again.body.refreshToken).not.toBe(first.body.refreshToken);
    const headers = { authorization: `Bearer ${again.body.accessToken}` };
    expect((await api.ask('/v2/members/me', { as: null, headers })).body).toEqual(memberOf(first));
    expect(memberOf(await letIn('another-guest')).id).not.toBe(memberOf(first).id);
    expect(await guests()).toBe(before + 2);
  });

  it('lets in one guest for many requests at once', async () => {
    const before = await guests();
    const replies = await Promise.all(Array.from({ length: AT_ONCE }, () => letIn('guests-at-once')));
    const done = replies.filter((it) => it.status === 200);
    expect(new Set(done.map((it) => memberOf(it).id)).size).toBe(1);
    for (const reply of replies.filter((it) => it.status !== 200)) expectError(reply, 400, 'REQUEST_LOCKED');
    expect(await guests()).toBe(before + 1);
  });

  it('finds the guest again of a request that failed then', async () => {
    const before = await guests();
    await api.knex.raw('alter table refresh_families rename to families_away');
    try {
      expectError(await letIn('failing'), 500, 'INTERNAL_SERVER_ERROR');
    } finally {
      await api.knex.raw('alter table families_away rename to refresh_families');
    }
    memberOf(await letIn('failing'));
    expect(await guests()).toBe(before + 1);
  });

  it.each([
    ['is-deleted', { entity_state: 'DELETED' }],
    ['is-a-member-now', { type: 'MEMBER' }],
  ])('lets a new guest in where the first %s, and finds that one from then on', async (what, change) => {
    const gone = memberOf(await letIn(what));
    await api.knex('members').where({ id: gone.id }).update(change);
    const next = memberOf(await letIn(what));
    expect(next.id).not.toBe(gone.id);
    expect(memberOf(await letIn(what))).toEqual(next);
  });

  it('lets no late repeat of a login undo what was changed since', async () => {
    const body = { appUserId: 'hana', appUserName: 'Hana' };
    const logIn = () => api.post('/members/login', { body, headers: keyed('late') });
    const { id } = memberOf(await logIn());
    const change = { method: 'PATCH', body: { appUserName: 'Hannah' } };
    expect((await api.get('/members/hana', change)).status).toBe(200);
    expect(memberOf(await logIn())).toMatchObject({ id, appUserName: 'Hannah' });
  });
});
