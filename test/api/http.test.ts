import { connect } from 'node:net';
import { basic, expectError, Harness } from './harness';

let api: Harness;
beforeAll(async () => {
  api = await Harness.start();
});
afterAll(() => api.stop());

describe('credentials', () => {
  it.each([undefined, '', 'Bearer abc', 'Basic', 'Basic '])('asks for them: %j', async (authorization) => {
    const reply = await api.get('/video-rooms', {
      as: null,
      headers: authorization === undefined ? {} : { authorization },
    });
    expectError(reply, 401, 'EMPTY_APP_CREDENTIALS');
    expect(reply.headers.get('www-authenticate')).toMatch(/^Basic /);
  });

  it.each([
    ['a wrong secret', () => basic(api.owner.apiKey, 'wrong')],
    ['no secret', () => basic(api.owner.apiKey, '')],
    ['a wrong key', () => basic('nobody', api.owner.apiSecret)],
    ['no key', () => basic('', api.owner.apiSecret)],
    ['no colon', () => `Basic ${Buffer.from('abc').toString('base64')}`],
    ['no base64', () => 'Basic ???'],
    ['a NUL', () => basic('a\0b', 'c')],
    ['a long one', () => basic('a'.repeat(5_000), 'c')],
  ])('refuses %s', async (_what, authorization) => {
    const reply = await api.get('/video-rooms', { as: null, headers: { authorization: authorization() } });
    expectError(reply, 401, 'INVALID_APP_CREDENTIALS');
  });

  it('takes the scheme in any case', async () => {
    const authorization = basic(api.owner.apiKey, api.owner.apiSecret).replace('Basic', 'basic');
    expect((await api.get('/video-rooms', { as: null, headers: { authorization } })).status).toBe(200);
  });
});

describe('bodies', () => {
  const upsert = (raw: string | Buffer, headers: Record<string, string> = {}) =>
    api.post('/members', { raw, headers });

  it('takes an empty one with a JSON content type as {}', async () => {
    expectError(await upsert(''), 400, 'EMPTY_APP_USER_ID');
    expectError(await upsert('{}'), 400, 'EMPTY_APP_USER_ID');
    const room = await api.newRoom();
    const cancelled = await api.post(`/video-rooms/${room.id}/rtmp-broadcast/state/cancelled`, { raw: '' });
    expect(cancelled.status).toBe(200);
  });

  it.each(['{', '[]', '1', 'null', '"text"', 'appUserId=alice', '{"appUserId":"a"}}', '\0'])(
    'refuses %j',
    async (raw) => {
      expectError(await upsert(raw), 400, 'INVALID_HTTP_MESSAGE_BODY');
    },
  );

  it('refuses one so deep that nobody can walk through it', async () => {
    const nested = (depth: number) => `{"appUserId":"alice","deep":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    for (const headers of [{}, { 'idempotency-key': 'deep' }] as Record<string, string>[])
      expectError(await upsert(nested(500_000), headers), 400, 'INVALID_HTTP_MESSAGE_BODY');
    expect((await upsert(nested(50))).status).toBe(201);
  });

  it('refuses a packed one and an unknown charset', async () => {
    expectError(
      await upsert(Buffer.from([31, 139]), { 'content-encoding': 'gzip' }),
      400,
      'INVALID_HTTP_MESSAGE_BODY',
    );
    expectError(
      await upsert('{}', { 'content-type': 'application/json; charset=klingon' }),
      400,
      'INVALID_HTTP_MESSAGE_BODY',
    );
  });

  it('refuses one that is too large', async () => {
    expectError(await upsert(JSON.stringify({ appUserId: 'a'.repeat(1_100_000) })), 413, 'PAYLOAD_TOO_LARGE');
  });

  it('reads none before it knows who asks', async () => {
    const reply = await api.post('/members', { raw: '{', as: null });
    expectError(reply, 401, 'EMPTY_APP_CREDENTIALS');
  });
});

describe('paths and methods', () => {
  it.each([
    '/',
    '/v2',
    '/v2/apps/you',
    '/%E0%A4%A',
    '/v2/apps/me/nothing',
    '/v2/apps/me/members/%E0%A4%A/stream-key',
  ])('has nothing at %s', async (path) => {
    expectError(await api.ask(path), 404, 'RESOURCE_NOT_FOUND');
  });

  it.each([
    ['DELETE', '/video-rooms'],
    ['PUT', '/members'],
    ['GET', '/video-rooms/1/rtmp-broadcast/state/live'],
    ['GET', '/stream-keys/1/force-terminate'],
    ['POST', '/video-posts/1'],
  ])('does not take %s %s', async (method, path) => {
    expectError(await api.get(path, { method }), 400, 'UNSUPPORTED_HTTP_METHOD');
  });

  it.each(['0', '-1', '1.5', '1e3', 'abc', '99999999999999999999', '%00', '1%20or%201=1'])(
    'knows no room %s',
    async (id) => {
      expectError(await api.get(`/video-rooms/${id}`), 404, 'VIDEO_ROOM_NOT_FOUND');
    },
  );

  it('says nothing of itself and lets nobody keep an answer', async () => {
    const reply = await api.get('/video-rooms');
    expect(reply.headers.get('x-powered-by')).toBeNull();
    expect(reply.headers.get('cache-control')).toBe('no-store');
  });

  it('survives what is no HTTP', async () => {
    const socket = connect(api.port, '127.0.0.1');
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      socket.on('error', () => undefined);
      socket.resume();
      socket.write('\x03\x00\x00\x00 this is RTMP\r\n\r\n');
    });
    expect((await api.ask('/healthz')).status).toBe(200);
  });
});

describe('health', () => {
  it('answers without credentials', async () => {
    expect(await api.ask('/healthz', { as: null })).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await api.ask('/readyz', { as: null })).toMatchObject({
      status: 200,
      body: { status: 'ready', postgres: true, temporal: true },
    });
  });

  it('names the part that is away', async () => {
    api.commands.away = true;
    const reply = await api.ask('/readyz', { as: null });
    api.commands.away = false;
    expect(reply).toMatchObject({
      status: 503,
      body: { status: 'not_ready', postgres: true, temporal: false },
    });
  });
});

it('answers what nobody foresaw with INTERNAL_SERVER_ERROR, and keeps the reason in the log', async () => {
  const { isReachable } = api.commands;
  api.commands.isReachable = () => {
    throw new Error('nobody foresaw this');
  };
  const reply = await api.ask('/readyz');
  api.commands.isReachable = isReachable;
  expectError(reply, 500, 'INTERNAL_SERVER_ERROR');
  expect(JSON.stringify(reply.body)).not.toContain('foresaw');
  expect(api.log).toContain('nobody foresaw this');
});

it('writes no secret into its log', () => {
  expect(api.log).toContain('"path":"/v2/apps/me/video-rooms"');
  for (const secret of [
    api.owner.apiSecret,
    api.owner.streamKey,
    basic(api.owner.apiKey, api.owner.apiSecret),
  ]) {
    expect(api.log).not.toContain(secret);
  }
});
