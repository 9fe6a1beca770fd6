import type { LookupAddress } from 'node:dns';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { AddressPolicy } from '../../src/callbacks/address-policy';
import { parseCallbackUrl } from '../../src/callbacks/callback-url';
import { NameLookUps, type LookUp, type LookUpDone } from '../../src/callbacks/look-up';
import { postOnce, type PostOptions } from '../../src/callbacks/post';
import { afterAttempt } from '../../src/domain/callbacks';
import { retryAfterMs } from '../../src/callbacks/retry-after';
import { Receiver, type Answer } from './support/receiver';

const strict = new AddressPolicy();
const withLoopback = AddressPolicy.of({ host: '127.0.0.1', allowedNetworks: [] });
/** Short: what is cut at it never answers in time. */
const DEADLINE_MS = 300;

const REFUSED = [
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '100.127.255.254',
  '127.0.0.1',
  '127.1.2.3',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.2.1',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::10.0.0.1',
  '::ffff:10.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:0:10.0.0.1',
  '64:ff9b::a00:1',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:a00:1::1',
  '5f00::1',
  'fc00::1',
  'fd00::1',
  'fe80::1',
  'fec0::1',
  'ff02::1',
  'no address',
];
const PUBLIC = ['1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '::ffff:1.1.1.1'];

describe('addresses of receivers', () => {
  it.each(REFUSED)('%s is refused', (address) => expect(strict.allows(address)).toBe(false));
  it.each(PUBLIC)('%s is taken', (address) => expect(strict.allows(address)).toBe(true));

  it('networks can be opened, and nothing beside them', () => {
    const policy = new AddressPolicy(['10.1.0.0/16', 'fd00:1::/32']);
    expect(policy.allows('10.1.2.3')).toBe(true);
    expect(policy.allows('::ffff:10.1.2.3')).toBe(true);
    expect(policy.allows('fd00:1::2')).toBe(true);
    for (const other of ['10.2.0.1', 'fd00:2::1', '127.0.0.1']) expect(policy.allows(other)).toBe(false);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.0.0.2', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['192.168.1.1', false],
  ])('where we listen on %s, loopback is open: %s', (host, isOpen) => {
    const policy = AddressPolicy.of({ host, allowedNetworks: [] });
    expect([policy.allows('127.0.0.1'), policy.allows('::1')]).toEqual([isOpen, isOpen]);
    expect(policy.allows('10.0.0.1')).toBe(false);
  });

  it.each([
    'ftp://example.com',
    'http://me:secret@example.com',
    'http://me@example.com',
    'nothing',
    'http://',
  ])('no URL of a receiver: %s', (url) =>
    expect(() => parseCallbackUrl(url)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' })),
  );
});

describe('a connection', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.start();
  });
  afterAll(() => receiver.stop());
  beforeEach(() => {
    receiver.arrivals.length = 0;
    receiver.answer = () => 200;
  });

  const post = (host: string, options: Partial<PostOptions> = {}) =>
    postOnce(new URL(`http://${host}:${receiver.port}/`), {}, '{}', {
      policy: strict,
      deadlineMs: DEADLINE_MS,
      ...options,
    });
  const refused = { status: null, error: 'ADDRESS_REFUSED', retryAfterMs: null };

  it.each(['127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost'])(
    'to %s is refused, and opened by the policy',
    async (host) => {
      expect(await post(host)).toEqual(refused);
      expect(receiver.arrivals).toEqual([]);
      if (!host.startsWith('['))
        expect(await post(host, { policy: withLoopback })).toMatchObject({ status: 200 });
    },
  );

  const resolving =
    (...answers: LookupAddress[][]): LookUp =>
    (_host, done) =>
      done(null, answers.length > 1 ? answers.shift()! : answers[0]!);
  const loopback = { address: '127.0.0.1', family: 4 };

  it('to a name that means loopback is refused, also where it meant something else a moment ago', async () => {
    const policy = new AddressPolicy();
    const rebinding = resolving([{ address: '1.1.1.1', family: 4 }], [loopback]);
    rebinding('rebind.test', () => undefined);
    expect(await post('rebind.test', { policy, lookUp: rebinding })).toEqual(refused);
    expect(receiver.arrivals).toEqual([]);
  });

  it('is made to the address that was judged, and to none that was refused', async () => {
    const lookUp = resolving([{ address: '10.0.0.1', family: 4 }, loopback]);
    expect(await post('mixed.test', { policy: withLoopback, lookUp })).toMatchObject({ status: 200 });
  });

  it('follows no redirect', async () => {
    receiver.answer = () => (it) => it.writeHead(302, { location: receiver.url }).end();
    expect(await post('127.0.0.1', { policy: withLoopback })).toMatchObject({ status: 302 });
    expect(receiver.arrivals).toHaveLength(1);
  });

  /** What an endless answer could write before it was cut. */
  const endless = (): { answer: Answer; written: () => number } => {
    let written = 0;
    const answer: Answer = (response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) written += 16_384;
      };
      response.on('drain', more);
      more();
    };
    return { answer, written: () => written };
  };

  it('is cut in an answer that is too long; its status counts', async () => {
    const { answer, written } = endless();
    receiver.answer = () => answer;
    expect(await post('127.0.0.1', { policy: withLoopback, deadlineMs: 5_000 })).toMatchObject({
      status: 200,
    });
    expect(written()).toBeLessThan(16 * 1024 * 1024);
  });

  it('is cut in an answer that does not end; its status counts', async () => {
    receiver.answer = () => (response) => response.writeHead(202).write('a');
    expect(await post('127.0.0.1', { policy: withLoopback })).toMatchObject({ status: 202 });
  });

  it('is cut where the receiver drips its answer, or says nothing', async () => {
    const sockets = new Set<Socket>();
    const drips: NodeJS.Timeout[] = [];
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 200 OK\r\n');
      drips.push(setInterval(() => socket.write('x: y\r\n'), 20));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    try {
      const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      const options = { policy: withLoopback, deadlineMs: DEADLINE_MS };
      expect(await postOnce(url, {}, '{}', options)).toMatchObject({ status: null, error: 'DEADLINE' });
    } finally {
      drips.forEach(clearInterval);
      sockets.forEach((socket) => socket.destroy());
      server.close();
    }
  });

  it('that is answered by another protocol is over at once; its status counts', async () => {
    receiver.answer = () => (response) =>
      response.socket!.end(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n',
      );
    const options = { policy: withLoopback, deadlineMs: 5_000 };
    expect(await post('127.0.0.1', options)).toMatchObject({ status: 101, error: null });
  });

  it('takes a few interim answers, and is cut where they do not end', async () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
    const options = { policy: withLoopback, deadlineMs: 5_000 };
    receiver.answer = () => (response) => {
      response.socket!.write(hints.repeat(3));
      response.end('ok');
    };
    expect(await post('127.0.0.1', options)).toMatchObject({ status: 200 });
    receiver.answer = () => (response) => response.socket!.write(hints.repeat(1_000));
    expect(await post('127.0.0.1', options)).toMatchObject({ error: 'TOO_MANY_INTERIM_ANSWERS' });
  });

  it('tells why there was none', async () => {
    const gone = await Receiver.start();
    const { url } = gone;
    await gone.stop();
    const outcome = await postOnce(new URL(url), {}, '{}', { policy: withLoopback });
    expect(outcome).toEqual({ status: null, error: 'ECONNREFUSED', retryAfterMs: null });
  });
});

test('names are looked up two at a time, each once for all who ask', () => {
  const under = new Map<string, LookUpDone>();
  const names = new NameLookUps((hostname, done) => under.set(hostname, done));
  const told: string[] = [];
  for (const name of ['a', 'a', 'b', 'c', 'a']) names.lookUp(name, () => told.push(name));
  expect([...under.keys()]).toEqual(['a', 'b']);
  under.get('a')!(null, []);
  expect(told).toEqual(['a', 'a', 'a']);
  expect([...under.keys()]).toEqual(['a', 'b', 'c']);
});

test.each([
  ['120', 120_000],
  ['Sat, 21 Nov 2026 12:01:00 GMT', 60_000],
  ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
  ['soon', null],
  [undefined, null],
])('Retry-After: %s', (header, ms) => {
  expect(retryAfterMs(header, Date.parse('2026-11-21T12:00:00Z'))).toBe(ms);
});

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

describe('the wait after an attempt', () => {
  const after = (retryAfterMs: number | null, sinceFirstMs: number, attempts = 0, status = 503) =>
    afterAttempt({ status, error: null, retryAfterMs }, { attempts, refusals: 0, sinceFirstMs }, 5 * SECOND);

  it.each([
    ['doubles', null, 0, 3, 40 * SECOND],
    ['is an hour at most', null, HOUR, 20, HOUR],
    ['is what Retry-After asks for', 2 * HOUR, HOUR, 1, 2 * HOUR],
    ['is ours where Retry-After asks for less', SECOND, 0, 3, 40 * SECOND],
    ['is what is left of the day where Retry-After asks for more', 100 * HOUR, 3 * HOUR, 1, 21 * HOUR],
  ])('%s', (_what, asked, since, attempts, waitMs) => {
    expect(after(asked, since, attempts)).toEqual({ to: 'PENDING', waitMs, refused: false });
  });

  it('comes to an end after a day, whatever Retry-After asks for', () => {
    expect(after(null, 23.5 * HOUR, 20)).toEqual({ to: 'PARKED' });
    for (const asked of [SECOND, 100 * HOUR]) expect(after(asked, 24 * HOUR)).toEqual({ to: 'PARKED' });
    expect(after(2 * HOUR, 0, 0, 404)).toEqual({ to: 'PENDING', waitMs: 2 * HOUR, refused: true });
  });
});
