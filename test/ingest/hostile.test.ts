import { randomBytes } from 'node:crypto';
import { amf, AVC_HEADER, message, RtmpClient } from '../support/rtmp-client';
import { until } from '../support/until';
import { KEY, openStage, type Stage } from './support/stage';

const SOON = { timeoutMs: 3_000 };
const ROLE_DEADLINE_MS = 500;

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const command = (body: Buffer) => message({ type: 20, body });
const nested = (depth: number): Buffer =>
  Buffer.concat([amf('connect', 1), ...Array<Buffer>(depth).fill(Buffer.from([3, 0, 1, 97]))]);

/** Sent after the handshake. Each must end its own connection, at once, and nothing else. */
const BROKEN: [string, Buffer][] = [
  ['chunk size 0', message({ type: 1, chunkStream: 2, body: uint32(0) })],
  ['chunk size 2^31-1', message({ type: 1, chunkStream: 2, body: uint32(0x7fffffff) })],
  ['chunk size 65537', message({ type: 1, chunkStream: 2, body: uint32(65_537) })],
  [
    'chunk size without a body',
    Buffer.concat([message({ type: 1, chunkStream: 2, body: Buffer.alloc(0) }), Buffer.from([2])]),
  ],
  ['a message of 16 MB', message({ type: 9, body: Buffer.alloc(10), length: 0xffffff })],
  ['a command of 70 KB', message({ type: 20, body: Buffer.alloc(10), length: 70_000 })],
  [
    'three unfinished commands of 60 KB',
    Buffer.concat(
      [3, 4, 5].map((chunkStream) =>
        message({ type: 20, chunkStream, body: Buffer.alloc(128), length: 60_000 }),
      ),
    ),
  ],
  [
    'a flood of messages of one byte',
    Buffer.concat([message({ type: 3, body: Buffer.alloc(0) }), Buffer.alloc(1_000, 0xc3)]),
  ],
  [
    '33 chunk streams',
    Buffer.concat(
      Array.from({ length: 33 }, (_, i) => message({ type: 3, body: uint32(0), chunkStream: i + 3 })),
    ),
  ],
  ['a chunk stream that starts without a header', Buffer.from([0xc7, 1, 2, 3])],
  [
    'a message that shrinks',
    Buffer.concat([
      message({ type: 20, body: Buffer.alloc(128), length: 1_000 }),
      message({ type: 20, body: Buffer.alloc(10) }),
    ]),
  ],
  [
    'chunk size changed in the middle',
    Buffer.concat([
      message({ type: 20, body: Buffer.alloc(128), length: 1_000 }),
      message({ type: 1, chunkStream: 2, body: uint32(100) }),
    ]),
  ],
  ['abort without a chunk stream', message({ type: 2, chunkStream: 2, body: Buffer.from([1]) })],
  ['an empty command', Buffer.concat([command(Buffer.alloc(0)), Buffer.from([3])])],
  ['an unknown AMF marker', command(Buffer.from([0x2f, 1, 2]))],
  ['a command named by a number', command(amf(7, 1))],
  [
    'a strict array of 4 G',
    command(Buffer.concat([amf('connect', 1), Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff])])),
  ],
  [
    'a long string beyond its message',
    command(Buffer.concat([amf('connect', 1), Buffer.from([0x0c, 0xff, 0xff, 0xff, 0xff, 65])])),
  ],
  ['10,000 nested objects', command(nested(10_000))],
  ['an AMF3 command of true AMF3', message({ type: 17, body: Buffer.from([0, 0x11, 6, 1]) })],
  ['connect without its object', command(amf('connect', 1))],
  ['connect with null', command(amf('connect', 1, null))],
  ['connect without an application', command(amf('connect', 1, { tcUrl: 'x' }))],
  ['an application that is a number', command(amf('connect', 1, { app: 42 }))],
  ['an application of 60,000 characters', command(amf('connect', 1, { app: 'a'.repeat(60_000) }))],
  [
    'connect twice',
    Buffer.concat([command(amf('connect', 1, { app: 'live' })), command(amf('connect', 2, { app: 'live' }))]),
  ],
  ['createStream before connect', command(amf('createStream', 1, null))],
  ['publish before connect', message({ type: 20, streamId: 1, body: amf('publish', 0, null, KEY) })],
  ['media before publish', message({ type: 9, streamId: 1, body: AVC_HEADER })],
  [
    'an aggregate before publish',
    message({
      type: 22,
      streamId: 1,
      body: Buffer.concat([Buffer.from([9, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23]), uint32(12)]),
    }),
  ],
  [
    'an aggregate that ends too early',
    message({ type: 22, streamId: 1, body: Buffer.from([9, 0, 0, 200, 0]) }),
  ],
];

/** Sent by a client that is connected and has a stream. */
const BROKEN_ROLES: [string, Buffer][] = [
  ...[42, false, null, undefined, { a: 1 }].map((name): [string, Buffer] => [
    `publish with a name that is ${JSON.stringify(name)}`,
    message({ type: 20, streamId: 1, body: amf('publish', 0, null, name) }),
  ]),
  ['publish without a name', message({ type: 20, streamId: 1, body: amf('publish', 0) })],
  ['publish on stream 0', message({ type: 20, streamId: 0, body: amf('publish', 0, null, KEY) })],
  [
    'publish on a stream that is not there',
    message({ type: 20, streamId: 2, body: amf('publish', 0, null, KEY) }),
  ],
  ['play with a number', message({ type: 20, streamId: 1, body: amf('play', 0, null, 1) })],
  [
    'a name of 60,000 characters',
    message({ type: 20, streamId: 1, body: amf('publish', 0, null, 'k'.repeat(60_000)) }),
  ],
  ['too many streams', Buffer.concat(Array<Buffer>(16).fill(command(amf('createStream', 1, null))))],
];

const withSps = (sps: Buffer) =>
  Buffer.concat([Buffer.from([0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x15, 0xff, 0xe1, 0, sps.length]), sps]);

/** Sent by an accepted publisher. */
const BROKEN_MEDIA: [string, Buffer][] = [
  ['publish twice', message({ type: 20, streamId: 1, body: amf('publish', 0, null, KEY) })],
  ['play beside publish', message({ type: 20, streamId: 1, body: amf('play', 0, null, 'x') })],
  [
    'an H.264 header of nothing',
    message({ type: 9, streamId: 1, body: Buffer.from([0x17, 0, 0, 0, 0, 1, 2, 3]) }),
  ],
  [
    'an H.264 header with a picture of no size that there is',
    message({ type: 9, streamId: 1, body: withSps(Buffer.concat([Buffer.from([0x67]), Buffer.alloc(16)])) }),
  ],
  [
    'an H.264 header that ends within its SPS',
    message({ type: 9, streamId: 1, body: withSps(Buffer.from('67640015', 'hex')) }),
  ],
  ['an AAC header of zeros', message({ type: 8, streamId: 1, body: Buffer.from([0xaf, 0, 0, 0]) })],
  [
    '@setDataFrame with an unreadable body',
    message({
      type: 18,
      streamId: 1,
      body: Buffer.concat([amf('@setDataFrame', 'onMetaData'), Buffer.from([0x2f])]),
    }),
  ],
  ['a message of 5 MB', message({ type: 9, streamId: 1, body: Buffer.alloc(10), length: 5 << 20 })],
  [
    'three unfinished messages of 4 MB',
    Buffer.concat(
      [5, 6, 7].map((chunkStream) =>
        message({ type: 9, streamId: 1, chunkStream, body: Buffer.alloc(128), length: 4 << 20 }),
      ),
    ),
  ],
];

/** Not worth a word, and no reason to end anything. */
const HARMLESS: [string, Buffer][] = [
  [
    'an empty video message',
    Buffer.concat([message({ type: 9, streamId: 1, body: Buffer.alloc(0) }), command(amf('x', 0))]),
  ],
  ['an empty audio frame', message({ type: 8, streamId: 1, body: Buffer.from([0xaf, 1]) })],
  ['AMF3 data', message({ type: 15, streamId: 1, body: Buffer.from([0, 2, 0, 1, 97]) })],
  ['a shared object', message({ type: 19, body: randomBytes(40) })],
  ['a command named toString', command(amf('toString', 0, null))],
  ['data named constructor', message({ type: 18, streamId: 1, body: amf('constructor', 1) })],
  [
    'metadata with __proto__',
    message({ type: 18, streamId: 1, body: amf('onCuePoint', JSON.parse('{"__proto__":{"x":1}}')) }),
  ],
  ['abort of a chunk stream that is not there', message({ type: 2, chunkStream: 2, body: uint32(77) })],
  ['a short ping', message({ type: 4, chunkStream: 2, body: Buffer.from([0, 6]) })],
  ['a window of 0', message({ type: 5, chunkStream: 2, body: uint32(0) })],
];

describe('hostile input ends its own connection and nothing else', () => {
  let stage: Stage;
  let witness: RtmpClient;
  const clients: RtmpClient[] = [];
  const limits = { roleDeadlineMs: ROLE_DEADLINE_MS, maxConnectionsPerAddress: 10, wrongKeyAnswerMs: 1 };
  beforeAll(async () => {
    stage = await openStage(limits);
    stage.keys.add('witness');
    // A publisher that must not notice any of this.
    witness = await RtmpClient.publishing(stage.port, 'witness');
    witness.media();
  });
  afterEach(async () => {
    clients.splice(0).forEach((client) => client.destroy());
    const tags = stage.media.pipelines[0]!.tags.length;
    witness.frame();
    await until(() => stage.media.pipelines[0]!.tags.length > tags, {
      ...SOON,
      what: 'the witness to go on',
    });
    await until(() => stage.ingest.connectionCount === 1, { ...SOON, what: 'all others to be gone' });
  });
  afterAll(async () => {
    witness.destroy();
    await stage.close();
    expect(stage.logged()).not.toContain('RTMP connection failed');
  });
  const keep = (client: RtmpClient) => {
    clients.push(client);
    return client;
  };

  test.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['another version', Buffer.from([0x50, 1, 2, 3])],
    ['64 KB of noise', Buffer.concat([Buffer.from([9]), randomBytes(65_536)])],
  ])('%s instead of a handshake', async (_what, bytes) => {
    const client = keep(await RtmpClient.open(stage.port));
    client.send(bytes);
    await client.closed(ROLE_DEADLINE_MS / 2);
  });

  test('noise after the handshake', async () => {
    for (let i = 0; i < 20; i++) {
      const client = keep(await RtmpClient.open(stage.port));
      client.handshake();
      client.send(randomBytes(8_192));
      await client.closed();
    }
  });

  test.each([
    ['says nothing', Buffer.alloc(0)],
    ['stops in its handshake', Buffer.concat([Buffer.from([3]), Buffer.alloc(500)])],
    ['handshakes and waits', Buffer.concat([Buffer.from([3]), Buffer.alloc(3_072)])],
  ])('a client that %s is gone after its time', async (_what, bytes) => {
    const client = keep(await RtmpClient.open(stage.port));
    client.send(bytes);
    await client.closed(ROLE_DEADLINE_MS + 500);
  });

  test('a client that connects and then waits is gone after its time', async () => {
    const client = keep(await RtmpClient.ready(stage.port));
    await client.closed(ROLE_DEADLINE_MS + 500);
  });

  test.each(BROKEN)('%s', async (_what, bytes) => {
    const client = keep(await RtmpClient.open(stage.port));
    client.handshake();
    client.send(bytes);
    await client.closed(ROLE_DEADLINE_MS / 2);
  });

  test.each(BROKEN_ROLES)('%s', async (_what, bytes) => {
    const client = keep(await RtmpClient.ready(stage.port));
    client.send(bytes);
    await client.closed(ROLE_DEADLINE_MS / 2);
    expect(stage.control.asked).toHaveLength(1);
  });

  describe('from an accepted publisher', () => {
    const asPublisher = async () => {
      stage.control.tells.length = 0;
      return keep(await RtmpClient.publishing(stage.port, KEY));
    };

    test.each(BROKEN_MEDIA)('%s', async (_what, bytes) => {
      const client = await asPublisher();
      client.send(bytes);
      await client.closed(ROLE_DEADLINE_MS);
      await until(() => stage.control.ends.length, { ...SOON, what: 'the end' });
      expect(stage.control.ends).toEqual(['protocol_error']);
    });

    test.each(HARMLESS)('%s is passed over', async (_what, bytes) => {
      const client = await asPublisher();
      client.send(bytes);
      client.media();
      await until(() => stage.media.last.tags.length === 3, { ...SOON, what: 'media after it' });
      client.socket.end();
      await until(() => stage.control.ends.length, { ...SOON, what: 'the end' });
    });

    test('an aborted message is dropped, and the next one on its chunk stream is whole', async () => {
      const client = await asPublisher();
      client.media();
      client.send(message({ type: 9, streamId: 1, chunkStream: 5, body: Buffer.alloc(128), length: 4_000 }));
      client.send(message({ type: 2, chunkStream: 2, body: uint32(5) }));
      client.frame(80);
      await until(() => stage.media.last.tags.length === 4, { ...SOON, what: 'the frame after the abort' });
      expect(stage.media.last.tags[3]?.timestampMs).toBe(80);
    });

    test('media beyond the queue while the gate waits', async () => {
      const yes = stage.control.answer;
      stage.control.answer = () => new Promise(() => undefined);
      const client = keep(await RtmpClient.ready(stage.port));
      const many = Array<Buffer>(600).fill(message({ type: 9, streamId: 1, body: Buffer.from([0x17, 1]) }));
      client.send(
        Buffer.concat([message({ type: 20, streamId: 1, body: amf('publish', 0, null, KEY) }), ...many]),
      );
      await client.closed(ROLE_DEADLINE_MS);
      stage.control.answer = yes;
      await until(() => stage.ingest.sessions.list().length === 1, { ...SOON, what: 'the gate to give up' });
    });
  });

  test('one address has so many connections, and gets them back', async () => {
    const idle = await Promise.all(Array.from({ length: 9 }, () => RtmpClient.open(stage.port)));
    await until(() => stage.ingest.connectionCount === 10, { ...SOON, what: 'ten connections' });
    const tooMany = keep(await RtmpClient.open(stage.port));
    await tooMany.closed(ROLE_DEADLINE_MS / 2);
    idle.forEach((client) => client.destroy());
    await until(() => stage.ingest.connectionCount === 1, { ...SOON, what: 'them to leave' });
    keep(await RtmpClient.ready(stage.port));
  });
});
