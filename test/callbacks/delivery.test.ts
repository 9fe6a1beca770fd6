import { Webhook } from 'standardwebhooks';
import { PerAppLimit } from '../../src/callbacks/per-app-limit';
import { callbackWorkflowId } from '../../src/domain/ids';
import { overdueLines, replayDeliveries, resendDelivery } from '../../src/store/callback-deliveries';
import { rotateCallbackSecret } from '../../src/store/callback-settings';
import { ensureVideoPostOfRoom, markPostPlayable } from '../../src/store/video-posts';
import type { Owner } from '../store/fixtures';
import { until } from '../support/until';
import { Receiver } from './support/receiver';
import { CallbackWorld } from './support/world';

/** Short, and long enough to be seen. */
const FIRST_RETRY_MS = 60;
const within = { timeoutMs: 10_000 };

let world: CallbackWorld;
let receiver: Receiver;
let owner: Owner & { secret: string };

beforeAll(async () => {
  world = await CallbackWorld.start(FIRST_RETRY_MS);
}, 60_000);
beforeEach(async () => {
  receiver = await Receiver.start();
  owner = await world.owner(receiver.url);
});
afterEach(() => receiver.stop());
afterAll(() => world.stop(), 30_000);

const settled = (roomId: number, states: string[]) =>
  until(
    async () => {
      const rows = await world.deliveries(roomId);
      return JSON.stringify(rows.map(({ state }) => state)) === JSON.stringify(states) ? rows : null;
    },
    { ...within, what: `room ${roomId} to be ${states.join()}` },
  );

const numbers = (roomId: number) => receiver.of('videoRoomId', roomId).map(({ body }) => body.number);

describe('callbacks', () => {
  it('arrive in order and numbered, in the envelope, with the password, signed', async () => {
    const roomId = await world.newRoom(owner);
    await world.moves(owner, roomId, 3);
    await settled(roomId, ['DELIVERED', 'DELIVERED', 'DELIVERED', 'DELIVERED']);
    expect(numbers(roomId)).toEqual([1, 2, 3, 4]);
    const [first, second] = receiver.arrivals;
    expect(first!.body.type).toBe('VIDEO_ROOM_SCHEDULED');
    expect(second!.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: 'VIDEO_ROOM_LIVE',
      number: 2,
      app: { id: owner.appId, state: 'ACTIVE', name: 'Test app', defaultRtmpOutputMode: 'RTMP' },
      data: { videoRoomId: roomId, videoRoomVideoRoomState: 'LIVE' },
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    expect(second!.headers.authorization).toBe(
      `Basic ${Buffer.from('backend:open sesame').toString('base64')}`,
    );
    expect(second!.headers['webhook-id']).toBe(second!.body.id);
    expect(new Webhook(owner.secret).verify(second!.text, second!.headers)).toEqual(second!.body);
  });

  it('are signed with both secrets while they rotate, and with no third', async () => {
    const next = await rotateCallbackSecret(world.knex, world.vault, owner.appId);
    await world.newRoom(owner);
    await receiver.has(1);
    const last = await rotateCallbackSecret(world.knex, world.vault, owner.appId);
    await world.newRoom(owner);
    await receiver.has(2);
    const verifies = (arrival: number, secret: string) => {
      const { text, headers } = receiver.arrivals[arrival]!;
      return () => new Webhook(secret).verify(text, headers);
    };
    for (const secret of [owner.secret, next]) expect(verifies(0, secret)).not.toThrow();
    for (const secret of [next, last]) expect(verifies(1, secret)).not.toThrow();
    expect(verifies(1, owner.secret)).toThrow();
  });

  it('wait for a receiver that fails for a while; repeats have the same id', async () => {
    let failures = 3;
    receiver.answer = () => (failures-- > 0 ? 503 : 204);
    const roomId = await world.newRoom(owner);
    await world.moves(owner, roomId, 2);
    const rows = await settled(roomId, ['DELIVERED', 'DELIVERED', 'DELIVERED']);
    expect(rows.map(({ attempts }) => attempts)).toEqual([4, 1, 1]);
    expect(numbers(roomId)).toEqual([1, 1, 1, 1, 2, 3]);
    expect(new Set(receiver.arrivals.slice(0, 4).map(({ body }) => body.id)).size).toBe(1);
    const waits = receiver.arrivals.slice(1, 4).map(({ atMs }, at) => atMs - receiver.arrivals[at]!.atMs);
    expect(waits[0]!).toBeGreaterThanOrEqual(FIRST_RETRY_MS);
    expect(waits[2]!).toBeGreaterThanOrEqual(4 * FIRST_RETRY_MS);
  });

  it('keep to Retry-After', async () => {
    receiver.answer = () =>
      receiver.arrivals.length === 1 ? (it) => it.writeHead(429, { 'retry-after': '1' }).end() : 200;
    await world.newRoom(owner);
    await receiver.has(2);
    expect(receiver.arrivals[1]!.atMs - receiver.arrivals[0]!.atMs).toBeGreaterThanOrEqual(1_000);
  });

  it('keep to a Retry-After of hours', async () => {
    receiver.answer = () => (it) => it.writeHead(503, { 'retry-after': '7200' }).end();
    const roomId = await world.newRoom(owner);
    const tried = async () => (await world.deliveries(roomId)).find(({ attempts }) => attempts === 1);
    const row = await until(tried, { ...within, what: 'the attempt' });
    const { rows } = await world.knex.raw(
      'select extract(epoch from due_at - clock_timestamp())::float as s from callback_deliveries where id = ?',
      [row.id],
    );
    expect(rows[0].s).toBeGreaterThan(7_100);
    expect(rows[0].s).toBeLessThanOrEqual(7_200);
  });

  it.each([404, 301])(
    'are parked after five answers %i, which releases the next; resent, they arrive',
    async (status) => {
      receiver.answer = ({ body }) =>
        body.number === 1 ? (it) => it.writeHead(status, { location: '/elsewhere' }).end() : 200;
      const roomId = await world.newRoom(owner);
      await world.moves(owner, roomId, 1);
      const [parked] = await settled(roomId, ['PARKED', 'DELIVERED']);
      expect(parked).toMatchObject({ attempts: 5, last_status: status });
      expect(numbers(roomId)).toEqual([1, 1, 1, 1, 1, 2]);
      receiver.answer = () => 200;
      expect(await resendDelivery(world.knex, owner.appId + 1, parked.id)).toBe(false);
      expect(await resendDelivery(world.knex, owner.appId, parked.id)).toBe(true);
      await settled(roomId, ['DELIVERED', 'DELIVERED']);
      expect(receiver.arrivals.at(-1)!.body.id).toBe(receiver.arrivals[0]!.body.id);
    },
  );

  it('that are sent again hold up no later one, and arrive when they are taken', async () => {
    const roomId = await world.newRoom(owner);
    await settled(roomId, ['DELIVERED']);
    let answerLate = () => {};
    receiver.answer = ({ body }) =>
      body.number === 1 ? (response) => (answerLate = () => response.writeHead(200).end()) : 200;
    const [first] = await world.deliveries(roomId);
    await resendDelivery(world.knex, owner.appId, first.id);
    await receiver.has(2);
    await world.moves(owner, roomId, 2);
    await settled(roomId, ['PENDING', 'DELIVERED', 'DELIVERED']);
    answerLate();
    await settled(roomId, ['DELIVERED', 'DELIVERED', 'DELIVERED']);
    expect(numbers(roomId)).toEqual([1, 1, 2, 3]);
  });

  it('that wait for their receiver are not woken by those behind them', async () => {
    receiver.answer = () => (it) => it.writeHead(503, { 'retry-after': '600' }).end();
    const roomId = await world.newRoom(owner);
    await until(async () => (await world.deliveries(roomId))[0].attempts === 1, {
      ...within,
      what: 'an attempt',
    });
    await world.moves(owner, roomId, 3);
    // Told after them, and so looked at after them.
    receiver.answer = () => 200;
    await settled(await world.newRoom(owner), ['DELIVERED']);
    await world.stopListening();
    const line = { appId: owner.appId, entity: 'videoRoom', entityId: roomId } as const;
    expect(await world.wakesOf(line)).toBe(1);
    world.listen();
    await replayDeliveries(world.knex, line, 0);
    await settled(roomId, ['DELIVERED', 'DELIVERED', 'DELIVERED', 'DELIVERED']);
  });

  it('are replayed from a number on, in order', async () => {
    const roomId = await world.newRoom(owner);
    await world.moves(owner, roomId, 3);
    await settled(roomId, ['DELIVERED', 'DELIVERED', 'DELIVERED', 'DELIVERED']);
    const line = { appId: owner.appId, entity: 'videoRoom', entityId: roomId } as const;
    expect(await replayDeliveries(world.knex, line, 2)).toBe(2);
    await receiver.has(6);
    expect(numbers(roomId)).toEqual([1, 2, 3, 4, 3, 4]);
  });

  it('of events while nobody listened are delivered when somebody does, also where the workflow was lost', async () => {
    receiver.answer = () => 503;
    const roomId = await world.newRoom(owner);
    await receiver.has(1);
    await world.stopListening();
    const line = { appId: owner.appId, entity: 'videoRoom', entityId: roomId } as const;
    await world.client.workflow.getHandle(callbackWorkflowId(line)).terminate('by hand');
    await world.moves(owner, roomId, 2);
    receiver.answer = () => 200;
    await until(async () => (await world.deliveries(roomId))[0].due_at <= new Date(), {
      ...within,
      what: 'the next attempt to be due',
    });
    world.listen();
    await settled(roomId, ['DELIVERED', 'DELIVERED', 'DELIVERED']);
  });

  it('are of the types that the app wants; an app without a receiver has none', async () => {
    await world
      .knex('apps')
      .where({ id: owner.appId })
      .update({ callback_types: ['VIDEO_ROOM_LIVE_INACTIVE'] });
    const roomId = await world.newRoom(owner);
    await world.moves(owner, roomId, 4);
    await settled(roomId, ['DELIVERED', 'DELIVERED']);
    expect(receiver.arrivals.map(({ body }) => [body.type, body.number])).toEqual([
      ['VIDEO_ROOM_LIVE_INACTIVE', 1],
      ['VIDEO_ROOM_LIVE_INACTIVE', 2],
    ]);
    const silent = await world.owner(null);
    expect(await world.deliveries(await world.newRoom(silent))).toEqual([]);
  });

  it('tell of video posts by their rows, once a state', async () => {
    const roomId = await world.newRoom(owner);
    const request = { appId: owner.appId, roomId };
    const post = await ensureVideoPostOfRoom(world.knex, request);
    await ensureVideoPostOfRoom(world.knex, request);
    for (const segments of [1, 2])
      await markPostPlayable(world.knex, post.id, { durationMs: 1_000, segments });
    const of = () => receiver.of('videoPostId', post.id).map(({ body }) => body);
    await until(() => of().length === 2, { ...within, what: 'two callbacks of the post' });
    expect(of().map(({ type, number, data }) => [type, number, data])).toEqual([
      ['VIDEO_POST_CREATED', 1, { videoPostId: post.id, videoPostVideoPostState: 'CREATED' }],
      ['VIDEO_POST_QUEUED', 2, { videoPostId: post.id, videoPostVideoPostState: 'QUEUED' }],
    ]);
  });

  it('of a receiver that does not answer hold up no other room and no other app', async () => {
    receiver.answer = () => () => undefined;
    const other = await Receiver.start();
    try {
      await world.newRoom(owner);
      await receiver.has(1);
      await world.newRoom(await world.owner(other.url));
      await other.has(1, 2_000);
    } finally {
      await other.stop();
    }
  });

  it('of a receiver that does not answer wait for a slot without being woken', async () => {
    receiver.answer = () => () => undefined;
    for (let room = 0; room < 25; room += 1) await world.newRoom(owner);
    await receiver.has(20);
    // Under way: 20 of them, whose time has come. The others have been given one.
    const due = async () =>
      (await overdueLines(world.knex, 0, 1_000)).filter(({ appId }) => appId === owner.appId);
    await until(async () => (await due()).length === 20, { ...within, what: 'five to be put off' });
    expect(receiver.arrivals).toHaveLength(20);
  });
});

test('one app has at most 20 attempts at once; who is turned away is told when to come again', async () => {
  const limit = new PerAppLimit();
  let release = () => {};
  const hold = new Promise<void>((done) => (release = done));
  const full = (waitMs: number) => `again in ${Math.round(waitMs)} ms`;
  const attempt = (appId: number) => limit.within(appId, () => hold.then(() => 'done'), full);
  const first = Array.from({ length: 20 }, () => attempt(1));
  const other = attempt(2);
  expect(await attempt(1)).toMatch(/^again in \d{3} ms$/);
  release();
  expect(new Set(await Promise.all([...first, other]))).toEqual(new Set(['done']));
  expect(await attempt(1)).toBe('done');
});
