import { Harness, expectError } from './harness';

let api: Harness;
beforeAll(async () => {
  api = await Harness.start();
});
afterAll(() => api.stop());

const OURS = 'https://shop.example';
const allow = (origins: string[] | null) =>
  api
    .knex('apps')
    .where({ id: api.owner.appId })
    .update({ cors_origins: origins === null ? null : JSON.stringify(origins) });

describe('preflights', () => {
  it.each(['/v2/apps/me/video-rooms', '/v2/members/me/video-rooms/1', '/healthz'])(
    'of any origin are answered at %s, without credentials',
    async (path) => {
      await allow([OURS]);
      const reply = await api.ask(path, {
        method: 'OPTIONS',
        as: null,
        headers: {
          origin: 'https://anybody.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type,idempotency-key',
        },
      });
      expect(reply.status).toBe(204);
      expect(reply.headers.get('access-control-allow-origin')).toBe('*');
      expect(reply.headers.get('access-control-allow-methods')).toContain('PATCH');
      expect(reply.headers.get('access-control-allow-headers')).toContain('idempotency-key');
      expect(reply.headers.get('access-control-allow-credentials')).toBeNull();
      await allow(null);
    },
  );
});

describe('the real request', () => {
  it('of any page is answered while the app has no list', async () => {
    const reply = await api.get('/video-rooms', { headers: { origin: 'https://anybody.example' } });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    expect(reply.headers.get('access-control-expose-headers')).toContain('X-Request-Id');
  });

  it('must be of a listed page where it has one, from the next request on', async () => {
    await allow([OURS]);
    const listed = await api.get('/video-rooms', { headers: { origin: OURS } });
    expect(listed.status).toBe(200);
    expect(listed.headers.get('access-control-allow-origin')).toBe(OURS);
    expect(listed.headers.get('vary')).toContain('Origin');
    const other = await api.get('/video-rooms', { headers: { origin: `${OURS}.evil.example` } });
    expectError(other, 403, 'ORIGIN_NOT_ALLOWED');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    expect(other.headers.get('vary')).toContain('Origin');
    // A backend sends no Origin, and the page for trying the API is of our own.
    expect((await api.get('/video-rooms')).status).toBe(200);
    const own = { origin: `http://127.0.0.1:${api.port}` };
    expect((await api.get('/video-rooms', { headers: own })).status).toBe(200);
    await allow([]);
    expectError(await api.get('/video-rooms', { headers: { origin: OURS } }), 403, 'ORIGIN_NOT_ALLOWED');
    await allow(null);
  });

  it('acts for no page that is not listed', async () => {
    await allow([OURS]);
    const reply = await api.post('/members', {
      body: { appUserId: 'mallory' },
      headers: { origin: 'https://evil.example' },
    });
    expectError(reply, 403, 'ORIGIN_NOT_ALLOWED');
    await allow(null);
    expectError(await api.get('/members/mallory/stream-key'), 404, 'MEMBER_NOT_FOUND');
  });

  it('may be read by any page where it is refused before it is known whose list counts', async () => {
    await allow([OURS]);
    const reply = await api.get('/video-rooms', { as: null, headers: { origin: 'https://anybody.example' } });
    expectError(reply, 401, 'EMPTY_APP_CREDENTIALS');
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    await allow(null);
  });
});

describe('headers of every answer', () => {
  it('load nothing, frame nowhere, are of their type, and bind no other port of the host to TLS', async () => {
    const { headers } = await api.get('/video-rooms');
    expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('name the request by the caller’s id, or by one of ours where it is none', async () => {
    const sent = await api.get('/video-rooms', { headers: { 'x-request-id': 'checkout-7.b:1' } });
    expect(sent.headers.get('x-request-id')).toBe('checkout-7.b:1');
    expect(api.log).toContain('"requestId":"checkout-7.b:1"');
    for (const bad of ['a b', 'x'.repeat(129), '"}{"level":60', '']) {
      const reply = await api.get('/video-rooms', { headers: { 'x-request-id': bad } });
      expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    }
  });
});
