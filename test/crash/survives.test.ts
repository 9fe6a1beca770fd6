import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, type RoomAnswer } from '../../src/demo/api-client';
import { ffprobe } from '../support/ffmpeg';
import { startProcesses, type ProgramName, type Processes } from '../support/processes';
import { until } from '../support/until';
import { LastingEncoder } from './support/lasting-encoder';

/** A restart of a role takes a few seconds on two busy cores, and the encoder comes back after it. */
const RECOVERY_TIMEOUT_MS = 60_000;
const MIN_SEGMENTS = 3;

/** SIGKILL of one program in the middle of a live broadcast: the room ends ARCHIVED with one video post. */
describe('a live broadcast survives', () => {
  let processes: Processes;
  let api: ApiClient;
  let encoder: LastingEncoder | null = null;

  beforeAll(async () => {
    processes = await startProcesses();
    api = new ApiClient(processes.addresses.api, processes.credentials);
  }, 120_000);
  afterEach(async () => {
    await encoder?.stop();
    encoder = null;
  });
  afterAll(() => processes.remove(), 30_000);

  const within = { timeoutMs: RECOVERY_TIMEOUT_MS };
  const state = async (room: RoomAnswer) => (await api.room(room.id)).videoRoomState;

  const kill = async (name: ProgramName): Promise<void> => {
    const pid = processes.pidOf(name)!;
    process.kill(pid, 'SIGKILL');
    await until(() => processes.pidOf(name) !== null && processes.pidOf(name) !== pid, {
      ...within,
      what: `${name} to be started again`,
    });
  };

  const segments = (room: RoomAnswer): number => {
    const name = /\/live\/([^/.]+)/.exec(room.rtmpPlayUrl ?? room.playUrl ?? '')?.[1];
    const file = join(processes.dataDir, 'storage', 'broadcasts', name ?? '', 'timeline.jsonl');
    return existsSync(file) ? readFileSync(file, 'utf8').split('"type":"segment"').length - 1 : 0;
  };
  const posts = () => {
    const dir = join(processes.dataDir, 'storage', 'vod');
    return existsSync(dir) ? readdirSync(dir).length : 0;
  };

  /** A member on the air, with some of the show recorded. */
  async function live(mode: string): Promise<RoomAnswer> {
    const appUserId = `crash-${randomBytes(4).toString('hex')}`;
    await api.createMember(appUserId);
    const key = await api.streamKey(appUserId);
    const room = await api.createRoom(appUserId, 'a show that goes on');
    encoder = new LastingEncoder(`${key.ingestUrl}/${key.streamKey}?mode=${mode}`);
    await until(async () => (await api.streamKey(appUserId)).streamKeyState === 'ACTIVE', {
      ...within,
      what: 'the key to be ACTIVE',
    });
    const started = await api.goLive(room.id);
    await until(() => segments(started) >= MIN_SEGMENTS, { ...within, what: 'the show to be recorded' });
    return started;
  }

  /** The operator stops the encoder and the backend ends the show, asking again while it is told to. */
  async function endsArchived(room: RoomAnswer, postsBefore: number): Promise<void> {
    await encoder!.stop();
    await until(async () => (await api.end(room.id)).videoRoomState === 'ENDED', {
      ...within,
      everyMs: 500,
      what: 'the end to be accepted',
    });
    const archived = await until(
      async () => {
        const now = await api.room(room.id);
        return now.videoRoomState === 'ARCHIVED' ? now : null;
      },
      { ...within, what: 'ARCHIVED' },
    );
    expect(archived).toMatchObject({ vodState: 'ARCHIVED', forciblyTerminated: false });
    expect(posts() - postsBefore).toBe(1);
    const post = await api.videoPost(archived.videoPostId!);
    expect(post.videoPostState).toBe('PROCESSED');
    const { json } = await ffprobe('-show_streams', archived.vodUrl!);
    expect(json.streams.length).toBeGreaterThan(0);
  }

  it('the death of the media node: the encoder returns and the show goes on', async () => {
    const before = posts();
    const room = await live('CMAF');
    const recorded = segments(room);
    await kill('media');
    await until(async () => (await state(room)) === 'LIVE_INACTIVE', { ...within, what: 'LIVE_INACTIVE' });
    await until(async () => (await state(room)) === 'LIVE', { ...within, what: 'LIVE again' });
    await until(() => segments(room) >= recorded + MIN_SEGMENTS, { ...within, what: 'more to be recorded' });
    await endsArchived(room, before);
  }, 180_000);

  it('the death of the worker: commands wait for it, media does not', async () => {
    const before = posts();
    const room = await live('RTMP');
    const recorded = segments(room);
    await kill('worker');
    await until(() => segments(room) >= recorded + MIN_SEGMENTS, {
      ...within,
      what: 'the recording to go on',
    });
    expect(encoder!.starts).toBe(1);
    await endsArchived(room, before);
  }, 180_000);

  it('the death of Temporal: media goes on, and nothing acknowledged is lost', async () => {
    const before = posts();
    const room = await live('RTMP');
    const recorded = segments(room);
    await kill('temporal');
    await until(() => segments(room) >= recorded + MIN_SEGMENTS, {
      ...within,
      what: 'the recording to go on',
    });
    expect(await state(room)).toBe('LIVE');
    expect(encoder!.starts).toBe(1);
    await endsArchived(room, before);
  }, 180_000);

  it('its encoder leaving while Temporal is dead: the node tells it later', async () => {
    const before = posts();
    const room = await live('RTMP');
    process.kill(processes.pidOf('temporal')!, 'SIGKILL');
    await encoder!.stop();
    await until(async () => (await state(room)) === 'LIVE_INACTIVE', { ...within, what: 'LIVE_INACTIVE' });
    await endsArchived(room, before);
  }, 180_000);
});
