import { connect, type Socket } from 'node:net';
import { monotonicMs } from '../../src/ingest/monotonic';
import { RtmpClient } from '../support/rtmp-client';
import { until } from '../support/until';
import { get, RawHttp } from './hostile-rtmp/http-exchange';
import { openFrontDoors, type FrontDoors } from './support/front-doors';
import { usedBytes } from './support/memory';

/** Clients that hold what they can, and never anything that ends them by itself. */

const MB = 1024 * 1024;
const SOON = { timeoutMs: 10_000 };

let doors: FrontDoors | undefined;
const clients: { destroy(): void }[] = [];
const keep = <T extends { destroy(): void }>(client: T): T => {
  clients.push(client);
  return client;
};
async function open(...limits: Parameters<typeof openFrontDoors>): Promise<FrontDoors> {
  doors = await openFrontDoors(...limits);
  return doors;
}
afterEach(async () => {
  clients.splice(0).forEach((client) => client.destroy());
  const { ingest, playback, errors } = doors!;
  await until(() => ingest.connectionCount === 0 && playback.flvViewers === 0, {
    ...SOON,
    what: 'all to be gone',
  });
  await doors!.close();
  expect(errors).toEqual([]);
});

/** What was said about the publish; connect is answered before it. */
const publishAnswer = (client: RtmpClient) =>
  client.statuses.find((one) => one.code.startsWith('NetStream.Publish'));

async function publisher({ rtmpPort, keys }: FrontDoors, key: string): Promise<RtmpClient> {
  keys.add(key);
  const client = keep(await RtmpClient.publishing(rtmpPort, key));
  client.media();
  return client;
}

describe('3,000 idle connections', () => {
  const IDLE = 3_000;
  /** More at once would wait in the kernel's queue and be tried again a second later. */
  const BATCH = 250;
  /** What the sockets of both sides may cost together. Stock's parser alone reserves a megabyte a connection. */
  const EACH_BYTES = 24 * 1024;

  test('are all closed at their deadline, cost little, and a publish beside them is taken at once', async () => {
    const room = { maxConnections: IDLE + 10, maxConnectionsPerAddress: IDLE + 10 };
    const at = await open({ ...room, roleDeadlineMs: 3_000 });
    const before = usedBytes();
    let closed = 0;
    let opened = 0;
    while (opened < IDLE) {
      const batch = Array.from({ length: BATCH }, () => idle(at.rtmpPort, () => (closed += 1)));
      await Promise.all(batch);
      opened += BATCH;
    }
    await until(() => at.ingest.connectionCount + closed >= IDLE, { ...SOON, what: 'all to be taken' });
    expect((usedBytes() - before) / IDLE).toBeLessThan(EACH_BYTES);
    const beside = await publisher(at, 'beside');
    await until(() => closed === IDLE, { ...SOON, what: 'all idle ones to be closed' });
    expect(at.ingest.connectionCount).toBe(1);
    expect(beside.isClosed).toBe(false);
  });

  async function idle(port: number, onClosed: () => void): Promise<void> {
    const socket = keep(connect(port, '127.0.0.1'));
    socket.on('error', () => undefined);
    socket.once('close', onClosed);
    await new Promise((resolve) => socket.once('connect', resolve).once('error', resolve));
  }
});

test('beyond the bound of the node connections are refused, and taken again once others have left', async () => {
  const at = await open({ maxConnections: 20, maxConnectionsPerAddress: 100 });
  const held = await Promise.all(Array.from({ length: 20 }, () => RtmpClient.open(at.rtmpPort)));
  held.forEach(keep);
  await until(() => at.ingest.connectionCount === 20, { ...SOON, what: 'the node to be full' });
  const refused = keep(await RtmpClient.open(at.rtmpPort));
  await refused.closed();
  held[0]!.destroy();
  await until(() => at.ingest.connectionCount === 19, { ...SOON, what: 'a place' });
  await publisher(at, 'after');
});

test('a handshake byte by byte ends at the deadline, however busy it looks', async () => {
  const ROLE_DEADLINE_MS = 1_000;
  const at = await open({ roleDeadlineMs: ROLE_DEADLINE_MS });
  const beganAt = monotonicMs();
  const client = keep(await RtmpClient.open(at.rtmpPort));
  client.socket.setNoDelay(true);
  client.send(Buffer.from([3]));
  const drip = setInterval(() => client.send(Buffer.from([1])), 20);
  await client.closed();
  clearInterval(drip);
  expect(monotonicMs() - beganAt).toBeGreaterThan(ROLE_DEADLINE_MS * 0.9);
  expect(monotonicMs() - beganAt).toBeLessThan(ROLE_DEADLINE_MS * 4);
});

describe('viewers that never read', () => {
  const VIEWERS = 10;
  const FRAME_BYTES = 64 * 1024;
  /** More than sockets and queues of one viewer may hold. */
  const STREAM_BYTES = 120 * MB;
  /** The feed skips at 8 MB a viewer and closes at 16; the tags are shared, so that all of them hold little more than one. */
  const HELD_BYTES = 48 * MB;

  test('neither hold the stream in memory nor keep one frame from a viewer who reads', async () => {
    const at = await open({ maxConnectionsPerAddress: 100 });
    const source = await publisher(at, 'stream');
    const name = at.media.playNameOf(at.keys.keys.get('stream')!.streamKeyId);
    const reader = keep(await RtmpClient.ready(at.rtmpPort));
    reader.play(name);
    await reader.status('NetStream.Play.Start');
    for (let i = 0; i < VIEWERS; i++) {
      const deaf = keep(await RtmpClient.ready(at.rtmpPort));
      deaf.socket.pause();
      deaf.play(name);
      const http = keep(await RawHttp.open(at.httpPort));
      http.socket.pause();
      http.send(get(`/egress/${name}.flv`));
    }
    await until(() => at.media.viewers === 1 + 2 * VIEWERS, { ...SOON, what: 'all viewers' });
    const before = usedBytes();
    let got = 0;
    let most = 0;
    const frames = STREAM_BYTES / FRAME_BYTES;
    for (let sent = 1; sent <= frames; sent++) {
      sendFrame(source, sent);
      if (sent % 80 > 0) continue;
      await until(() => (got += videoFrames(reader)) >= sent, {
        ...SOON,
        what: `frame ${sent} at the reader`,
        everyMs: 5,
      });
      most = Math.max(most, usedBytes() - before);
    }
    expect(most).toBeLessThan(HELD_BYTES);
    expect(reader.isClosed).toBe(false);
  });

  function sendFrame(source: RtmpClient, number: number): void {
    const body = Buffer.alloc(FRAME_BYTES, number & 0x7f);
    // Every 25th is a key frame.
    Buffer.from([number % 25 === 0 ? 0x17 : 0x27, 1, 0, 0, 0]).copy(body);
    source.message({ type: 9, chunkStream: 5, streamId: 1, timestamp: number * 40, body });
  }

  function videoFrames(reader: RtmpClient): number {
    return reader.received.splice(0).filter((one) => one.type === 9 && one.body.length === FRAME_BYTES)
      .length;
  }
});

describe('publish storms', () => {
  test('of one address end at its bound; other addresses notice nothing', async () => {
    const at = await open({ maxConnectionsPerAddress: 50 });
    for (let i = 0; i < 200; i++) at.keys.add(`storm-${i}`);
    const storm = Array.from({ length: 200 }, async (_, i) => {
      const client = keep(await RtmpClient.open(at.rtmpPort, { localAddress: '127.0.0.9' }));
      client.handshake();
      client.command('connect', { app: 'live' });
      client.command('createStream', null);
      client.publish(`storm-${i}`);
      await until(() => client.isClosed || publishAnswer(client), { ...SOON, what: 'a decision' });
      return client.isClosed;
    });
    const refused = (await Promise.all(storm)).filter(Boolean).length;
    expect(refused).toBe(150);
    expect(at.warnings).toHaveLength(1);
    expect(at.ingest.sessions.list()).toHaveLength(50);
    await publisher(at, 'neighbour');
  });

  test('of one key: one holds it, the others are refused while it advances, and it loses nothing', async () => {
    const at = await open({ maxConnectionsPerAddress: 200 });
    const holder = await publisher(at, 'wanted');
    const others = await Promise.all(Array.from({ length: 50 }, () => RtmpClient.ready(at.rtmpPort)));
    for (const other of others) {
      keep(other);
      other.publish('wanted');
    }
    for (const other of others)
      expect((await other.status('NetStream.Publish.BadName')).description).toMatch(/BUSY/);
    expect(at.ingest.sessions.list()).toHaveLength(1);
    expect(at.control.asked).toHaveLength(1);
    holder.frame(40);
    expect(holder.isClosed).toBe(false);
  });
});

describe('wrong keys', () => {
  const ANSWER_MS = 150;
  const PER_MINUTE = 10;
  /** On a machine that does other things too. */
  const SOON_ENOUGH_MS = 2_000;

  async function attempt(at: FrontDoors, key: string, localAddress: string) {
    const client = keep(await RtmpClient.ready(at.rtmpPort, 'live', { localAddress }));
    const beganAt = monotonicMs();
    client.publish(key);
    const answer = await until(() => publishAnswer(client), { ...SOON, what: 'an answer', everyMs: 1 });
    return { ...answer, tookMs: monotonicMs() - beganAt };
  }

  test('are limited per address: then the right one is refused there too, without a look-up, and taken elsewhere', async () => {
    const at = await open({ wrongKeysPerMinute: PER_MINUTE, wrongKeyAnswerMs: ANSWER_MS });
    at.keys.add('right');
    const wrong = Array.from({ length: PER_MINUTE }, (_, i) => attempt(at, `wrong${i}`, '127.0.0.7'));
    const answers = await Promise.all(wrong);
    const lookUps = at.keys.asked;
    const blocked = await attempt(at, 'right', '127.0.0.7');
    expect(at.keys.asked).toBe(lookUps);
    expect(blocked.code).toBe('NetStream.Publish.BadName');
    expect((await attempt(at, 'right', '127.0.0.8')).code).toBe('NetStream.Publish.Start');
    // The same words for all of them.
    expect(new Set([...answers, blocked].map((one) => one.description)).size).toBe(1);
  });

  test('tell nothing by their time: unknown, malformed and blocked ones take the same', async () => {
    const at = await open({ wrongKeysPerMinute: 2, wrongKeyAnswerMs: ANSWER_MS });
    const unknown = await attempt(at, 'nobody', '127.0.0.7');
    const malformed = await attempt(at, '../../x', '127.0.0.7');
    const blocked = await attempt(at, 'nobody', '127.0.0.7');
    for (const one of [unknown, malformed, blocked]) {
      expect(one.tookMs).toBeGreaterThanOrEqual(ANSWER_MS - 5);
      expect(one.tookMs).toBeLessThan(SOON_ENOUGH_MS);
      expect(one.description).toBe(unknown.description);
    }
  });
});

test('a client that asks and never reads the answers is broken off', async () => {
  const at = await open({ roleDeadlineMs: 20_000 });
  const client = keep(await RtmpClient.ready(at.rtmpPort));
  client.socket.pause();
  const ping = Buffer.alloc(6);
  ping[1] = 6;
  const many = Buffer.concat(
    Array.from({ length: 1_000 }, () =>
      Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0]), ping]),
    ),
  );
  const flood = (socket: Socket): void => {
    while (!socket.destroyed && socket.write(many));
    if (!socket.destroyed) socket.once('drain', () => flood(socket));
  };
  flood(client.socket);
  await until(() => at.ingest.connectionCount === 0, { timeoutMs: 20_000, what: 'it to be broken off' });
});
