import { CodedError } from '../../src/domain/errors';
import { RtmpClient } from '../support/rtmp-client';
import { until } from '../support/until';
import { Encoder } from './support/encoder';
import { KEY, openStage, type Stage } from './support/stage';

const GATE_MS = 400;
const SILENCE_MS = 300;
const SOON = { timeoutMs: 3_000 };
/** An impatient encoder, or many that were given the same key. */
const STORM_CLIENTS = 60;
const STORM_WAVES = 3;
const STORM_TURNS = 20;

describe('the publish gate', () => {
  let stage: Stage;
  const clients: RtmpClient[] = [];
  beforeEach(async () => {
    stage = await openStage({ gateMs: GATE_MS, takeoverSilenceMs: SILENCE_MS, wrongKeyAnswerMs: 50 });
  });
  afterEach(async () => {
    clients.splice(0).forEach((client) => client.destroy());
    await stage.close();
  });

  const ready = async (app?: string) => {
    const client = await RtmpClient.ready(stage.port, app);
    clients.push(client);
    return client;
  };
  const refusal = async (client: RtmpClient) => {
    const { description } = await client.status('NetStream.Publish.BadName');
    await client.closed();
    expect(client.statuses.map((status) => status.code)).not.toContain('NetStream.Publish.Start');
    return description;
  };
  const publish = async (name = KEY, app?: string) => {
    const client = await ready(app);
    client.publish(name);
    return client;
  };
  const accepted = async (name = KEY) => {
    const client = await publish(name);
    await client.status('NetStream.Publish.Start');
    return client;
  };

  test('ffmpeg reads our refusal and leaves', async () => {
    stage.control.answer = () => Promise.reject(new CodedError('TAKEOVER_LIMIT'));
    const encoder = new Encoder(stage.url(KEY));
    const { code, stderr } = await encoder.done;
    expect(code).not.toBe(0);
    expect(stderr).toContain('TAKEOVER_LIMIT: This stream key was taken over less than 30 s ago.');
    expect(stage.media.pipelines).toHaveLength(0);
    expect(stage.control.tells).toHaveLength(0);
  });

  test('forwards nothing before the verdict, and afterwards all of it in order', async () => {
    let say: (grant: { epoch: number; room: null }) => void = () => undefined;
    stage.control.answer = () => new Promise((resolve) => (say = resolve));
    const client = await publish();
    client.media(40);
    client.frame(80);
    await until(() => stage.control.asked.length, { ...SOON, what: 'the question' });
    expect(stage.media.pipelines).toHaveLength(0);
    expect(client.statuses.map((status) => status.code)).not.toContain('NetStream.Publish.Start');
    say({ epoch: 5, room: null });
    await until(() => stage.media.pipelines[0]?.tags.length === 4, { ...SOON, what: 'the queued media' });
    expect(stage.media.last.tags.map((tag) => tag.timestampMs)).toEqual([40, 40, 40, 80]);
    expect(stage.media.last.facts).toMatchObject({ epoch: 5, nodeId: 'node1', mode: 'RTMP', keyVersion: 1 });
  });

  test('asks with the session, key version, mode and preview; the grant names the broadcast that goes on', async () => {
    const room = { roomId: 3, playbackName: 'public1', goLiveAt: '2026-01-01T00:00:00.000Z' };
    stage.control.answer = async () => ({ epoch: 2, room });
    await accepted(`${KEY}?mode=CMAF`);
    expect(stage.control.asked[0]).toEqual({
      sessionId: expect.stringMatching(/^node1-[0-9a-f]{8}-1$/),
      nodeId: 'node1',
      keyVersion: 1,
      mode: 'CMAF',
      supersedes: null,
    });
    expect(stage.media.last.broadcast).toEqual({ playbackName: 'public1', goLiveAt: room.goLiveAt });
  });

  test.each([
    ['on the application', KEY, 'live?mode=RTMP_CMAF', 'RTMP_CMAF'],
    ['behind a slash', KEY, 'live/?mode=CMAF', 'CMAF'],
    ['nowhere', KEY, 'live/', 'RTMP'],
  ])('takes the mode %s', async (_where, name, app, mode) => {
    const client = await publish(name, app);
    await client.status('NetStream.Publish.Start');
    expect(stage.media.last.facts.mode).toBe(mode);
  });

  test.each([
    ['unknown', `${KEY}?mode=hls`, 'live'],
    ['repeated', `${KEY}?mode=RTMP&mode=RTMP`, 'live'],
    ['on both', `${KEY}?mode=RTMP`, 'live?mode=RTMP'],
  ])('refuses a mode that is %s', async (_how, name, app) => {
    const description = await refusal(await publish(name, app));
    expect(description).toBe('OUTPUT_MODE_UNKNOWN: Unknown mode. Use RTMP, CMAF or RTMP_CMAF.');
    expect(stage.control.asked).toHaveLength(0);
  });

  test('refuses another application', async () => {
    const client = await RtmpClient.open(stage.port);
    client.handshake();
    client.command('connect', { app: 'vod' });
    await client.status('NetConnection.Connect.Rejected');
    await client.closed();
  });

  test('answers every wrong key alike, and stops looking after too many', async () => {
    const answers = new Set<string>();
    for (const name of ['unknownKey', 'bad.name/..', '']) answers.add(await refusal(await publish(name)));
    expect([...answers]).toEqual(['STREAM_KEY_UNKNOWN: Unknown stream key.']);
    expect(stage.keys.asked).toBe(1);
    expect(stage.logged()).not.toContain('unknownKey');
  });

  test('an encoder that retries with one wrong key does not lock out the right one', async () => {
    await stage.close();
    stage = await openStage({ wrongKeysPerMinute: 2, wrongKeyAnswerMs: 1 });
    for (let retry = 0; retry < 4; retry++) await refusal(await publish('replaced'));
    await accepted();
  });

  test('limits wrong keys per address, also for a key that would be right', async () => {
    await stage.close();
    stage = await openStage({ wrongKeysPerMinute: 2, wrongKeyAnswerMs: 1 });
    await refusal(await publish('wrong1'));
    await refusal(await publish('wrong2'));
    expect(await refusal(await publish(KEY))).toBe('STREAM_KEY_UNKNOWN: Unknown stream key.');
    expect(stage.keys.asked).toBe(2);
  });

  test.each(['DISK_FULL', 'NODE_FULL'] as const)('refuses when media says %s', async (why) => {
    stage.media.full = why;
    expect(await refusal(await publish())).toContain(`${why}: `);
  });

  test('refuses when the database is away', async () => {
    stage.keys.failure = new CodedError('DATABASE_UNAVAILABLE');
    expect(await refusal(await publish())).toContain('DATABASE_UNAVAILABLE: ');
  });

  test('no answer in time is a no, and an unpublish follows', async () => {
    stage.control.answer = () => new Promise(() => undefined);
    const askedAt = Date.now();
    expect(await refusal(await publish())).toContain('control_plane_unavailable: ');
    expect(Date.now() - askedAt).toBeLessThan(GATE_MS + 400);
    await until(() => stage.control.tells.length, { ...SOON, what: 'the unpublish' });
    expect(stage.control.tells[0]).toMatchObject({
      kind: 'unpublish',
      message: { sessionId: stage.control.asked[0]?.sessionId, epoch: null, reason: 'connection_lost' },
    });
    expect(stage.ingest.sessions.find(stage.control.asked[0]?.sessionId ?? '')).toBeNull();
  });

  test('an error tells the encoder its code, and our log the rest', async () => {
    stage.control.answer = () => Promise.reject(new CodedError('CONTROL_PLANE_UNAVAILABLE', '10.9.8.7:7233'));
    const description = await refusal(await publish());
    expect(description).toMatch(/^control_plane_unavailable: The control plane did not answer in time/);
    expect(description).not.toContain('10.9.8.7');
    expect(stage.logged()).toContain('10.9.8.7');
  });

  test('a pipeline that can not be opened refuses the publish and takes the grant back', async () => {
    stage.media.openSession = () => {
      throw new Error('no file could be made');
    };
    expect(await refusal(await publish())).toContain('INTERNAL_SERVER_ERROR: ');
    await until(() => stage.control.tells.length, { ...SOON, what: 'the unpublish' });
    expect(stage.control.tells[0]).toMatchObject({ kind: 'unpublish', message: { epoch: 1 } });
    expect(stage.ingest.sessions.list()).toHaveLength(0);
  });

  test('a stop while the gate waits refuses, and the tell is told or on disk', async () => {
    stage.control.answer = () => new Promise(() => undefined);
    const client = await publish();
    await until(() => stage.control.asked.length, { ...SOON, what: 'the question' });
    await stage.ingest.close();
    expect(client.isClosed).toBe(true);
    expect(stage.control.tells).toMatchObject([{ kind: 'unpublish', message: { epoch: null } }]);
  });

  test('while a tell of the key waits, the key is not asked for', async () => {
    stage.control.takeTell = () => Promise.reject(new Error('away'));
    const client = await accepted();
    client.destroy();
    await until(() => stage.media.last.endedWith, { ...SOON, what: 'the end' });
    expect(await refusal(await publish())).toContain('control_plane_unavailable: ');
    expect(stage.control.asked).toHaveLength(1);
    stage.control.takeTell = async () => undefined;
    await accepted();
    expect(stage.control.tells.map((tell) => tell.kind)).toEqual(['unpublish']);
  });

  test('an encoder that leaves while the gate waits is told ended after the yes', async () => {
    let say: (grant: { epoch: number; room: null }) => void = () => undefined;
    stage.control.answer = () => new Promise((resolve) => (say = resolve));
    const client = await publish();
    await until(() => stage.control.asked.length, { ...SOON, what: 'the question' });
    client.destroy();
    say({ epoch: 9, room: null });
    await until(() => stage.control.tells.length, { ...SOON, what: 'the unpublish' });
    expect(stage.control.tells[0]).toMatchObject({ kind: 'unpublish', message: { epoch: 9 } });
    expect(stage.ingest.sessions.list()).toHaveLength(0);
  });

  test.each([
    ['by its id', (sessionId: string) => ({ sessionId, minKeyVersion: 0 })],
    ['by its key version', () => ({ sessionId: 'another', minKeyVersion: 2 })],
  ])('a cut %s while the gate waits wins over the yes', async (_how, cutOf) => {
    let say: (grant: { epoch: number; room: null }) => void = () => undefined;
    stage.control.answer = () => new Promise((resolve) => (say = resolve));
    const client = await publish();
    const question = await until(() => stage.control.asked[0], { ...SOON, what: 'the question' });
    expect(stage.ingest.sessions.find(question.sessionId)).toMatchObject({ epoch: 0 });
    const { streamKeyId } = stage.keys.keys.get(KEY)!;
    stage.ingest.sessions.cut({ ...cutOf(question.sessionId), reason: 'forced_end', streamKeyId });
    await client.closed();
    say({ epoch: 4, room: null });
    await until(() => stage.control.tells.length, { ...SOON, what: 'the unpublish' });
    expect(stage.control.ends).toEqual(['forced_end']);
    expect(stage.media.pipelines).toHaveLength(0);
  });

  test('after a forced end the old key is refused from that instant, whatever the database says', async () => {
    const client = await accepted();
    const [session] = stage.ingest.sessions.list();
    const { streamKeyId } = stage.keys.keys.get(KEY)!;
    const cut = {
      sessionId: session!.sessionId,
      reason: 'forced_end',
      streamKeyId,
      minKeyVersion: 2,
    } as const;
    expect(stage.ingest.sessions.cut(cut)).toEqual({ known: true });
    await client.closed();
    expect(await session!.ended).toMatchObject({ reason: 'forced_end' });
    expect(stage.ingest.sessions.cut(cut)).toEqual({ known: false });
    expect(await refusal(await publish())).toContain('STREAM_KEY_ROTATED: ');
  });

  test('a second publisher is refused while bytes of the first advance', async () => {
    const first = await accepted();
    first.media();
    expect(await refusal(await publish())).toBe('STREAM_KEY_BUSY: This stream key is already publishing.');
    expect(stage.control.asked).toHaveLength(1);
    first.frame(40);
    await until(() => stage.media.last.tags.length === 4, { ...SOON, what: 'the first to go on' });
  });

  test('of two that ask at once one is refused', async () => {
    stage.control.answer = () => new Promise(() => undefined);
    await publish();
    await until(() => stage.control.asked.length, { ...SOON, what: 'the question' });
    expect(await refusal(await publish())).toContain('STREAM_KEY_BUSY: ');
  });

  test('a storm of publishes with the key on air: each is refused, nobody else is asked, the holder goes on', async () => {
    await stage.close();
    // With the times of production: the holder is not silent, however busy this machine is.
    stage = await openStage();
    const first = await accepted();
    first.media();
    const before = stage.keys.asked;
    for (let wave = 1; wave <= STORM_WAVES; wave += 1) {
      const storm = await Promise.all(Array.from({ length: STORM_CLIENTS }, () => publish()));
      first.frame(40 * wave);
      const refused = await Promise.all(storm.map(refusal));
      expect(new Set(refused)).toEqual(new Set(['STREAM_KEY_BUSY: This stream key is already publishing.']));
    }
    // Each was looked up, since the key may have changed; the workflow heard of none.
    expect(stage.keys.asked - before).toBeLessThanOrEqual(STORM_WAVES * STORM_CLIENTS);
    expect(stage.control.asked).toHaveLength(1);
    expect(stage.control.ends).toEqual([]);
    expect(stage.media.pipelines).toHaveLength(1);
    await until(() => stage.media.last.tags.length === 3 + STORM_WAVES, {
      ...SOON,
      what: 'all of its frames',
    });
    await until(() => stage.ingest.connectionCount === 1, { ...SOON, what: 'the storm to be over' });
    expect(stage.ingest.sessions.list()).toHaveLength(1);
  });

  test('an encoder that comes and goes in a storm: each end is told, and the next publish is taken', async () => {
    for (let turn = 1; turn <= STORM_TURNS; turn += 1) {
      const client = await accepted();
      client.media();
      client.socket.end();
      await client.closed();
      await until(() => stage.control.ends.length === turn, { ...SOON, what: `end ${turn} to be told` });
    }
    expect(stage.control.asked.map(({ supersedes }) => supersedes)).toEqual(Array(STORM_TURNS).fill(null));
    expect(new Set(stage.control.ends)).toEqual(new Set(['client_closed']));
    expect(stage.ingest.sessions.list()).toEqual([]);
    expect(stage.media.pipelines.map(({ endedWith }) => endedWith)).not.toContain(null);
  });

  test('a silent holder is superseded: taken over on a yes, kept on a no', async () => {
    const first = await accepted();
    const holder = stage.ingest.sessions.list()[0]!;
    const silent = { timeoutMs: 3_000, what: 'the holder to be silent' };
    const since = Date.now();
    await until(() => Date.now() - since > SILENCE_MS, silent);

    const yes = stage.control.answer;
    stage.control.answer = () => Promise.reject(new CodedError('TAKEOVER_LIMIT'));
    expect(await refusal(await publish())).toContain('TAKEOVER_LIMIT: ');
    expect(stage.control.asked.at(-1)?.supersedes).toBe(holder.sessionId);
    expect(first.isClosed).toBe(false);

    stage.control.answer = yes;
    await accepted();
    expect(await holder.ended).toMatchObject({ reason: 'taken_over' });
    await first.closed();
    expect(stage.ingest.sessions.list()).toHaveLength(1);
    await until(() => stage.control.ends.length, { ...SOON, what: 'the tell' });
    expect(stage.control.ends).toEqual(['taken_over']);
  });
});
