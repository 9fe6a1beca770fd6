import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { answerBrokenRequests } from '../../src/broken-requests';
import { raw } from '../playback/harness';
import { until } from '../support/until';
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

/** Of a raw answer: its status, and its error where it has exactly that. */
function errorIn(answer: string): { status: number; errorCode: string } {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 \d{3} [A-Z]/);
  expect(head).toContain('\r\nContent-Type: application/json; charset=utf-8\r\n');
  expect(head).toContain(`\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`);
  expect(head).toMatch(/\r\nConnection: close\b/i);
  const error = JSON.parse(body) as Record<string, string>;
  expect(Object.keys(error).sort()).toEqual(['errorCode', 'errorMessage']);
  return { status: Number(head.slice(9, 12)), errorCode: error.errorCode! };
}

describe('what no handler sees', () => {
  const LARGE = `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`;
  it.each([
    ['no HTTP', '\x03 this is RTMP\r\n\r\n', 400, 'INVALID_HTTP_MESSAGE'],
    ['no method', '\r\nNONE / HTTP/1.1\r\n\r\n', 400, 'INVALID_HTTP_MESSAGE'],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', 400, 'INVALID_HTTP_MESSAGE'],
    [
      'two lengths',
      'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'INVALID_HTTP_MESSAGE',
    ],
    ['large headers', LARGE, 431, 'REQUEST_HEADERS_TOO_LARGE'],
    ['large headers that go on', LARGE + 'z'.repeat(2_000_000), 431, 'REQUEST_HEADERS_TOO_LARGE'],
    [
      'a path as large',
      `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      431,
      'REQUEST_HEADERS_TOO_LARGE',
    ],
  ])('is answered in the same shape: %s', async (_what, bytes, status, errorCode) => {
    expect(errorIn(await raw(api.port, bytes))).toEqual({ status, errorCode });
    expect((await api.ask('/healthz')).status).toBe(200);
  });

  it('is answered where an encoding of a body is broken, and the body is not waited for', async () => {
    const { apiKey, apiSecret } = api.owner;
    const head = `POST /v2/apps/me/members HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(apiKey, apiSecret)}`;
    const answer = await raw(api.port, `${head}\r\nTransfer-Encoding: chunked\r\n\r\nno length\r\n`);
    expect(errorIn(answer)).toEqual({ status: 400, errorCode: 'INVALID_HTTP_MESSAGE' });
  });

  it('serves who expects more than we know, and who speaks HTTP/1.0', async () => {
    const expecting = 'GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n';
    for (const bytes of [expecting, 'GET /healthz HTTP/1.0\r\n\r\n'])
      expect(await raw(api.port, bytes)).toMatch(/^HTTP\/1\.1 200 /);
  });

  describe('on a server of little patience', () => {
    const seen: string[] = [];
    const server = createServer(
      { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 },
      (req, res) => {
        seen.push(req.url ?? '');
        if (req.url === '/begun') res.write('half of an answer');
        req.resume().once('end', () => res.end());
      },
    );
    answerBrokenRequests(server);
    let port = 0;
    beforeAll(async () => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
    });
    afterAll(() => new Promise((resolve) => server.close(resolve)));

    it.each([
      ['headers', 'GET /late HTTP/1.1\r\nHost: x\r\n'],
      ['bodies', 'POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab'],
    ])('%s that are late are told so', async (_what, bytes) => {
      expect(errorIn(await raw(port, bytes))).toEqual({ status: 408, errorCode: 'REQUEST_TIMEOUT' });
      expect(seen).not.toContain('/late');
    });

    it.each([
      ['garbage', 'no length\r\n'],
      ['silence', ''],
    ])('nothing is written into an answer that has begun: %s', async (_what, rest) => {
      const socket = connect(port, '127.0.0.1');
      let answer = '';
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => (answer += chunk.toString()));
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.write('POST /begun HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
      await until(() => answer.includes('half of an answer'), { timeoutMs: 5_000, what: 'the answer' });
      socket.write(rest);
      await closed;
      expect(answer).not.toContain('errorCode');
    });

    it('who says no more, but keeps its side open, is let go', async () => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => undefined);
      socket.write('no HTTP\r\n\r\n');
      socket.resume();
      await new Promise((resolve) => socket.once('end', resolve));
      const open = () => new Promise<number>((done) => server.getConnections((_error, count) => done(count)));
      await until(async () => (await open()) === 0, { timeoutMs: 5_000, what: 'the connection to end' });
      socket.destroy();
    });
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
