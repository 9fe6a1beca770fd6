import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { amf, message, RtmpClient } from '../support/rtmp-client';
import { until } from '../support/until';
import { Encoder } from './support/encoder';
import { KEY, openStage, type Stage } from './support/stage';

const run = promisify(execFile);
const SOON = { timeoutMs: 3_000 };

describe('play over RTMP', () => {
  let stage: Stage;
  const clients: RtmpClient[] = [];
  const encoders: Encoder[] = [];
  beforeEach(async () => void (stage = await openStage({ maxViewerQueueBytes: 1 << 20 })));
  afterEach(async () => {
    clients.splice(0).forEach((client) => client.destroy());
    await Promise.all(encoders.splice(0).map((encoder) => encoder.stop('SIGKILL')));
    await stage.close();
  });
  const keep = <T extends RtmpClient>(client: T): T => {
    clients.push(client);
    return client;
  };
  const publishing = async () => {
    const client = keep(await RtmpClient.publishing(stage.port, KEY));
    client.media();
    await until(() => stage.media.last.tags.length === 3, { ...SOON, what: 'media' });
    return { client, feed: stage.media.feeds.get(stage.media.last.facts.previewName)! };
  };
  const playing = async (name = stage.media.last.facts.previewName) => {
    const client = keep(await RtmpClient.ready(stage.port));
    client.play(name);
    return client;
  };

  test('ffprobe and ffmpeg play what ffmpeg publishes', async () => {
    encoders.push(new Encoder(stage.url(KEY)));
    await until(() => stage.media.pipelines[0]?.tags.some((tag) => tag.isKeyFrame), {
      timeoutMs: 10_000,
      what: 'media',
    });
    const url = stage.url(stage.media.last.facts.previewName);
    const show = [
      '-v',
      'error',
      '-rw_timeout',
      '8000000',
      '-show_entries',
      'stream=codec_name,width',
      '-of',
      'json',
    ];
    const { stdout } = await run('ffprobe', [...show, url]);
    const { streams } = JSON.parse(stdout) as { streams: { codec_name: string; width?: number }[] };
    expect(streams.map((stream) => stream.codec_name).sort()).toEqual(['aac', 'h264']);
    expect(streams.find((stream) => stream.codec_name === 'h264')?.width).toBe(160);
    const decode = await run('ffmpeg', [
      '-v',
      'error',
      '-rw_timeout',
      '8000000',
      '-i',
      url,
      '-t',
      '1',
      '-f',
      'null',
      '-',
    ]);
    expect(decode.stderr).toBe('');
  });

  test('a player hears what it needs, in order, on its own stream', async () => {
    const { client: publisher } = await publishing();
    const player = await playing();
    await until(() => player.received.filter((one) => one.type === 9).length === 2, {
      ...SOON,
      what: 'video',
    });
    const heard = player.received.slice(
      player.received.findIndex((one) => one.body.includes('NetStream.Play.Reset')),
    );
    expect(
      player.statuses.map((status) => status.code).filter((code) => code.startsWith('NetStream')),
    ).toEqual(['NetStream.Play.Reset', 'NetStream.Play.Start']);
    expect(heard.map((one) => one.type)).toEqual([20, 20, 18, 9, 8, 9]);
    expect(new Set(heard.map((one) => one.streamId))).toEqual(new Set([1]));
    publisher.frame(40);
    await until(() => player.received.filter((one) => one.type === 9).length === 3, {
      ...SOON,
      what: 'the next frame',
    });
  });

  test('a second stream of a player keeps its own id', async () => {
    await publishing();
    const player = keep(await RtmpClient.ready(stage.port));
    player.command('createStream', null);
    await until(() => player.results === 3, { ...SOON, what: 'the stream' });
    const name = stage.media.last.facts.previewName;
    player.send(message({ type: 20, streamId: 2, body: amf('play', 0, null, name) }));
    await until(() => player.received.some((one) => one.type === 9), { ...SOON, what: 'video' });
    expect(player.received.find((one) => one.type === 9)?.streamId).toBe(2);
  });

  test('the end is told, then the connection closes', async () => {
    const { client: publisher } = await publishing();
    const player = await playing();
    await player.status('NetStream.Play.Start');
    publisher.command('FCUnpublish', null, KEY);
    await player.status('NetStream.Play.UnpublishNotify');
    await player.closed();
    expect(player.wasReset).toBe(false);
  });

  test.each(['unknown', 'bad.name', KEY, ''])('the name %j is not found', async (name) => {
    await publishing();
    const player = await playing(name);
    await player.status('NetStream.Play.StreamNotFound');
    await player.closed();
  });

  test('a player that leaves is forgotten, whichever way it goes', async () => {
    const { feed } = await publishing();
    const leave: ((player: RtmpClient) => void)[] = [
      (player) => player.socket.end(),
      (player) => player.socket.resetAndDestroy(),
      (player) => player.command('deleteStream', null, 1),
    ];
    for (const go of leave) {
      const player = await playing();
      await until(() => feed.viewers.size === 1, { ...SOON, what: 'the viewer' });
      go(player);
      await until(() => feed.viewers.size === 0, { ...SOON, what: 'the viewer to be gone' });
    }
  });

  test('a player that sends media is thrown out, and nobody sees it', async () => {
    const { feed } = await publishing();
    const witness = await playing();
    await witness.status('NetStream.Play.Start');
    const intruder = await playing();
    await intruder.status('NetStream.Play.Start');
    intruder.frame(0);
    await intruder.closed();
    await until(() => feed.viewers.size === 1, { ...SOON, what: 'one viewer' });
    expect(stage.media.last.tags).toHaveLength(3);
    expect(witness.isClosed).toBe(false);
  });

  test('a player that stops reading is dropped at the limit, and says how much is queued until then', async () => {
    const { feed } = await publishing();
    const player = await playing();
    await until(() => feed.viewers.size === 1, { ...SOON, what: 'the viewer' });
    player.socket.pause();
    const [viewer] = feed.viewers;
    const tag = { ...stage.media.last.tags[2]!, payload: Buffer.alloc(256 * 1024) };
    let most = 0;
    await until(
      () => {
        for (let i = 0; i < 4; i++) most = Math.max(most, viewer!.send(tag));
        return feed.viewers.size === 0;
      },
      { ...SOON, what: 'the viewer to be dropped' },
    );
    expect(most).toBeGreaterThan(1 << 20);
    expect(viewer!.send(tag)).toBe(0);
  });

  test('an orderly stop closes players', async () => {
    await publishing();
    const player = await playing();
    await player.status('NetStream.Play.Start');
    await stage.ingest.close();
    await player.closed();
  });
});
