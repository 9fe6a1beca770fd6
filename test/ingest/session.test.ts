import { Readable } from 'node:stream';
import type { SessionEndReason } from '../../src/domain/session-end-reason';
import { RtmpClient } from '../support/rtmp-client';
import { until } from '../support/until';
import { Encoder } from './support/encoder';
import { KEY, openStage, type Stage } from './support/stage';

const SOON = { timeoutMs: 3_000 };
/** Far away from what these tests wait for. */
const PATIENT = { silenceCutMs: 30_000, firstMediaMs: 30_000, viewableMs: 30_000, watchTickMs: 20 };

describe('a publisher session', () => {
  let stage: Stage;
  const clients: RtmpClient[] = [];
  const encoders: Encoder[] = [];
  const open = async (limits: Parameters<typeof openStage>[0] = {}) =>
    (stage = await openStage({ ...PATIENT, ...limits }));
  afterEach(async () => {
    clients.splice(0).forEach((client) => client.destroy());
    await Promise.all(encoders.splice(0).map((encoder) => encoder.stop('SIGKILL')));
    await stage.close();
  });
  const publishing = async () => {
    const client = await RtmpClient.publishing(stage.port, KEY);
    clients.push(client);
    return client;
  };
  const told = async (reason: SessionEndReason) => {
    await until(() => stage.control.ends.length, { ...SOON, what: `the end ${reason}` });
    expect(stage.control.ends).toEqual([reason]);
    expect(stage.media.last.endedWith).toBe(reason);
  };

  test.each(['FCUnpublish', 'closeStream'])('ends client_closed by %s', async (goodbye) => {
    await open();
    const client = await publishing();
    client.media();
    client.command(goodbye, null, KEY);
    await told('client_closed');
    await client.closed();
  });

  test('ends client_closed by deleteStream of its stream, not of another', async () => {
    await open();
    const client = await publishing();
    client.command('deleteStream', null, 9);
    client.media();
    await until(() => stage.media.last.tags.length === 3, { ...SOON, what: 'media after it' });
    client.command('deleteStream', null, 1);
    await told('client_closed');
  });

  test('ends client_closed when the socket is closed, connection_lost when it is reset', async () => {
    await open();
    (await publishing()).socket.end();
    await told('client_closed');
    stage.control.tells.length = 0;
    (await publishing()).socket.resetAndDestroy();
    await told('connection_lost');
  });

  test('the tell of a drop does not wait for a pipeline that closes slowly', async () => {
    await open();
    const client = await publishing();
    let closed: () => void = () => undefined;
    stage.media.last.closing = new Promise((resolve) => (closed = resolve));
    const session = stage.ingest.sessions.list()[0]!;
    let outcome: unknown = null;
    void session.ended.then((value) => (outcome = value));
    client.destroy();
    await told('client_closed');
    expect(outcome).toBeNull();
    expect(stage.ingest.sessions.list()).toHaveLength(0);
    expect(stage.ingest.sessions.find(session.sessionId)).toBe(session);
    // The key is free meanwhile.
    await publishing();
    closed();
    expect(await session.ended).toEqual({ reason: 'client_closed', durationMs: 1_000, bytes: 1_000 });
    expect(stage.ingest.sessions.find(session.sessionId)).toBeNull();
  });

  test('a stopped encoder is warned about, then cut as stalled', async () => {
    await open({ silenceWarnMs: 300, silenceCutMs: 800 });
    const encoder = new Encoder(stage.url(KEY));
    encoders.push(encoder);
    await until(() => stage.media.pipelines[0]?.count('video'), { timeoutMs: 10_000, what: 'media' });
    encoder.process.kill('SIGSTOP');
    await until(() => stage.control.ends.length, { ...SOON, what: 'the cut' });
    expect(stage.control.ends).toEqual(['stalled']);
    expect(stage.logged()).toContain('the encoder is silent');
  });

  test('our own writes do not count as its bytes', async () => {
    await open({ silenceCutMs: 300 });
    const client = await publishing();
    const { protocol } = [...(stage.ingest as unknown as { connections: Set<any> }).connections][0];
    const writing = setInterval(() => protocol.sendAcknowledgement(1), 20);
    await told('stalled').finally(() => clearInterval(writing));
    await client.closed();
  });

  test('no media in time', async () => {
    await open({ firstMediaMs: 200 });
    const client = await publishing();
    const chatter = setInterval(() => client.command('ping', null), 50);
    await told('no_media').finally(() => clearInterval(chatter));
  });

  test('an encoder that says nothing at all after its yes counts as no media', async () => {
    await open({ firstMediaMs: 300, silenceCutMs: 300, gateMs: 2_000 });
    const yes = stage.control.answer;
    const slowly = until(() => stage.control.asked.length, { ...SOON, what: 'the question', everyMs: 100 });
    stage.control.answer = (request) => slowly.then(() => yes(request));
    await publishing();
    await told('no_media');
  });

  test('not viewable in time', async () => {
    await open({ viewableMs: 300 });
    stage.media.viewableAtFirstKeyFrame = false;
    (await publishing()).media();
    await told('not_viewable');
    expect(stage.control.tells.map((tell) => tell.kind)).toEqual(['unpublish']);
  });

  test('viewable is told once, with its epoch', async () => {
    await open({ viewableMs: 300 });
    const client = await publishing();
    client.media();
    client.frame(40);
    await until(() => stage.control.tells.length, { ...SOON, what: 'the tell' });
    const since = Date.now();
    await until(() => Date.now() - since > 500, { ...SOON, what: 'the limit to pass' });
    expect(stage.control.tells).toMatchObject([{ kind: 'viewable', message: { epoch: 1 } }]);
  });

  test('a session that nobody follows ends while the control plane can be reached', async () => {
    await open({ unledMs: 250 });
    (await publishing()).media();
    const session = stage.ingest.sessions.list()[0]!;
    session.leaseChanged(true);
    // A retried lease comes before the one it replaces has gone.
    session.leaseChanged(true);
    session.leaseChanged(false);
    const since = Date.now();
    await until(() => Date.now() - since > 500, { ...SOON, what: 'time to pass under a lease' });
    stage.control.reachable = false;
    session.leaseChanged(false);
    await until(() => Date.now() - since > 1_000, { ...SOON, what: 'time to pass without one' });
    expect(stage.control.ends).toEqual([]);
    stage.control.reachable = true;
    await told('media_lost');
  });

  test('a broken pipeline ends it', async () => {
    await open();
    const client = await publishing();
    stage.media.last.events.onBroken('disk full');
    await told('media_lost');
    await client.closed();
  });

  test('an orderly stop ends it as shutdown, and the tell arrives', async () => {
    await open();
    const client = await publishing();
    await stage.ingest.close();
    await told('shutdown');
    await client.closed();
  });

  test('counts received bytes from its accept', async () => {
    await open();
    const client = await publishing();
    const session = stage.ingest.sessions.list()[0]!;
    expect(session.receivedBytes).toBe(0);
    client.media();
    await until(() => session.receivedBytes > 200, { ...SOON, what: 'bytes' });
  });

  test('refuses codecs by their bits and says so', async () => {
    await open();
    const hevc = [
      { type: 9, body: Buffer.concat([Buffer.from([0x90]), Buffer.from('hvc1'), Buffer.alloc(20)]) },
      { type: 9, body: Buffer.concat([Buffer.from([0x1c, 0, 0, 0, 0]), Buffer.alloc(20)]) },
    ];
    for (const { type, body } of hevc) {
      const client = await publishing();
      client.message({ type, body, streamId: 1 });
      const { description } = await client.status('NetStream.Publish.Rejected');
      const text = 'CODEC_UNSUPPORTED: This codec is not supported. Use H.264 video and AAC audio. (HEVC)';
      expect(description).toBe(text);
      await client.closed();
    }
    await until(() => stage.control.ends.length === 2, { ...SOON, what: 'the ends' });
    expect(stage.control.ends).toEqual(['protocol_error', 'protocol_error']);
  });

  test('ffmpeg with MP3 and FLV1 reads that refusal', async () => {
    await open();
    const encoder = new Encoder(stage.url(KEY), {
      codecs: ['-c:v', 'flv', '-c:a', 'libmp3lame', '-ar', '44100'],
    });
    encoders.push(encoder);
    const { code, stderr } = await encoder.done;
    expect(code).not.toBe(0);
    expect(stderr).toContain('CODEC_UNSUPPORTED');
  });

  test('acknowledges received bytes by the window that the encoder names', async () => {
    await open();
    const client = await publishing();
    const window = Buffer.alloc(4);
    window.writeUInt32BE(20_000);
    client.message({ type: 5, chunkStream: 2, body: window });
    for (let i = 0; i < 150; i++) client.frame(i);
    await until(() => client.received.some((one) => one.type === 3), { ...SOON, what: 'an acknowledgement' });
    const total = client.received.find((one) => one.type === 3)!.body.readUInt32BE();
    expect(total).toBeGreaterThanOrEqual(20_000);
  });

  test('answers pings', async () => {
    await open();
    const client = await publishing();
    client.message({ type: 4, chunkStream: 2, body: Buffer.from([0, 6, 1, 2, 3, 4]) });
    const isPong = (one: { type: number; body: Buffer }) =>
      one.type === 4 && one.body.toString('hex') === '000701020304';
    await until(() => client.received.some(isPong), { ...SOON, what: 'the answer' });
  });

  test('answers what encoders ask around a publish', async () => {
    await open();
    const client = await RtmpClient.ready(stage.port);
    clients.push(client);
    client.command('releaseStream', null, KEY);
    client.command('FCPublish', null, KEY);
    await until(() => client.results === 4, { ...SOON, what: 'the answers' });
    client.publish(KEY);
    await client.status('NetStream.Publish.Start');
    expect(client.received.some((one) => one.body.includes('onFCPublish'))).toBe(true);
  });

  test('an encoder that never reads our answers is let go', async () => {
    await open({ maxReplyQueueBytes: 32 * 1024 });
    const client = await publishing();
    client.socket.pause();
    const pings = Buffer.concat(Array<Buffer>(2_000).fill(PING));
    const endless = new Readable({ read: () => void endless.push(pings) });
    endless.pipe(client.socket);
    await until(() => stage.control.ends.length, { timeoutMs: 10_000, what: 'the end' });
    endless.destroy();
    expect(stage.control.ends).toEqual(['protocol_error']);
  });
});

/** 2,000 of these a write are far more than a socket's buffers hold of their answers. */
const PING = Buffer.from('02000000000006040000000000060000' + '0001', 'hex');
