import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findFilesToDelete } from '../../src/store/deleted-files';
import { createUnfinishedRows } from '../../src/store/unfinished-rows';
import { ensureVideoPostOfRoom } from '../../src/store/video-posts';
import { Reconciler } from '../../src/temporal/reconciler';
import type { CommandedRoom } from '../../src/temporal/room-commands';
import { until } from '../support/until';
import type { ScriptedNode } from './support/scripted-node';
import { World } from './support/world';

const GONE_TIMEOUT_MS = 15_000;

/** Files of what was deleted, and live segments that are over, go by a workflow, which the reconciler starts where nobody else did. */
describe('the files of what was deleted', () => {
  let world: World;
  let node: ScriptedNode;
  let reconciler: Reconciler;

  beforeAll(async () => {
    world = await World.start();
    node = await world.node('n1');
    reconciler = new Reconciler(world.client, createUnfinishedRows(world.knex), world.log, () => undefined);
  }, 60_000);
  afterAll(() => world.stop(), 60_000);

  interface Show {
    room: CommandedRoom;
    /** Of its sessions, with a raw recording and a segment in each; and its timeline. */
    sessions: string[];
    folders: string[];
  }

  /** A show whose archive failed, and its files as a media node would have left them. */
  const failedShow = () => show('the disk is gone', 'FAILED_ARCHIVING');
  const archivedShow = () => show(null, 'ARCHIVED');

  async function show(failure: string | null, vodState: string): Promise<Show> {
    const member = await world.member();
    const room = await world.room(member);
    const session = await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    await world.commands.command(room, 'goLive', null);
    await node.stop(member, session);
    await world.roomReaches(room, 'LIVE_INACTIVE');
    world.archiveFailure = failure;
    await world.commands.command(room, 'endBroadcast', null);
    await until(async () => (await world.roomRow(room.roomId)).vod_state === vodState, {
      timeoutMs: GONE_TIMEOUT_MS,
      what: `the archive to be ${vodState}`,
    });
    world.archiveFailure = null;
    const { layout } = world;
    const { playbackName } = room.input;
    const part = { type: 'part', part: 0, sessionId: 'early-session', sessionPart: 0, tracks: [] };
    const open = { type: 'open', version: 1, playbackName, mode: 'RTMP', goLiveAt: '2026-11-21T10:00:00Z' };
    write(layout.timeline(playbackName), `${JSON.stringify(open)}\n${JSON.stringify(part)}\n`);
    const ids = ['early-session', session.sessionId];
    for (const id of ids) {
      write(layout.rawRecording(id), 'flv');
      write(`${layout.trackDir(id, 0, 'v720')}/00001.m4s`, 'segment');
    }
    const sessions = ids.map((id) => layout.sessionDir(id));
    return { room, sessions, folders: [...sessions, layout.broadcastDir(playbackName)] };
  }

  const write = (file: string, text: string) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const remove = (table: string, id: number) =>
    world.knex(table).where({ id }).update({ entity_state: 'DELETED' });
  const filesGone = (table: string, id: number) =>
    until(async () => (await world.knex(table).where({ id }).first()).files_deleted_at !== null, {
      timeoutMs: GONE_TIMEOUT_MS,
      what: `the files of ${table} ${id} to be gone`,
    });

  it('go with their room, whose waiting workflow ends; others stay', async () => {
    const { room, folders } = await failedShow();
    const other = world.layout.rawRecording('somebody-elses');
    write(other, 'flv');
    // Its archive failed before it had a post.
    await world.knex('video_posts').where({ video_room_id: room.roomId }).delete();
    await remove('video_rooms', room.roomId);
    await reconciler.reconcile();
    await filesGone('video_rooms', room.roomId);
    expect(folders.filter(existsSync)).toEqual([]);
    expect(existsSync(other)).toBe(true);
    await until(async () => (await world.roomHandle(room).describe()).status.name === 'CANCELLED', {
      timeoutMs: GONE_TIMEOUT_MS,
      what: 'the workflow of the room to end',
    });
    // Nobody gives it another run, and nobody looks at its files again.
    await reconciler.reconcile();
    expect((await world.roomHandle(room).describe()).status.name).toBe('CANCELLED');
  });

  it('stay while the post that was made of them is shown, and go with that', async () => {
    const { room, folders } = await failedShow();
    const post = await ensureVideoPostOfRoom(world.knex, room);
    const vod = world.layout.vodDir(post.name);
    write(`${vod}/original.mp4`, 'mp4');
    await remove('video_rooms', room.roomId);
    await reconciler.reconcile();
    await filesGone('video_rooms', room.roomId);
    expect(folders.filter((folder) => !existsSync(folder))).toEqual([]);

    const { appId } = room;
    await world.commands.deleteFiles({ kind: 'videoPost', appId, id: post.id, name: post.name });
    const early = world.client.workflow.getHandle(`delete-files:videoPost:${appId}:${post.id}`);
    // It is not deleted: nothing of it goes, whoever asks.
    expect(await early.result()).toEqual({ removed: 0 });
    expect(existsSync(vod)).toBe(true);

    await remove('video_posts', post.id);
    await reconciler.reconcile();
    await filesGone('video_posts', post.id);
    expect([vod, ...folders].filter(existsSync)).toEqual([]);
  });

  describe('of what was archived', () => {
    const KEPT_HOURS = 24;
    const KEPT = ['ladder', 'manifest.mpd', 'master.m3u8', 'original.mp4', 'thumbnail.jpg'];

    /** Its post is processed, and its renditions took the place of the live segments so many hours ago. */
    async function processed({ room }: Show, hours: number): Promise<string> {
      const post = await ensureVideoPostOfRoom(world.knex, room);
      const vod = world.layout.vodDir(post.name);
      for (const file of [...KEPT.slice(1), 'v720.m3u8', 'source.json', 'ladder/720p.m3u8'])
        write(join(vod, file), 'file');
      await world.knex('video_posts').where({ id: post.id }).update({ state: 'PROCESSED' });
      await swapped(room, hours);
      return vod;
    }
    const swapped = ({ roomId }: CommandedRoom, hours: number) =>
      world
        .knex('video_rooms')
        .where({ id: roomId })
        .update({ vod_archived_at: world.knex.raw(`now() - interval '${hours} hours'`) });
    const partsOf = ({ sessions }: Show) => sessions.map((session) => join(session, 'parts'));
    const rawOf = ({ sessions }: Show) => sessions.map((session) => join(session, 'raw.flv'));
    const started = (kind: string, { appId, roomId }: CommandedRoom) =>
      world.client.workflow
        .getHandle(`delete-files:${kind}:${appId}:${roomId}`)
        .describe()
        .then(
          () => true,
          () => false,
        );

    it('live segments go after a day; the raw recording and the post stay', async () => {
      const recorded = await archivedShow();
      const { room } = recorded;
      const vod = await processed(recorded, KEPT_HOURS - 1);
      await reconciler.reconcile();
      expect(await started('liveSegments', room)).toBe(false);
      // Also where somebody asks for it: who began to watch before the swap goes on.
      const { appId, roomId: id } = room;
      const input = { kind: 'liveSegments' as const, appId, id, name: room.input.playbackName };
      await world.commands.deleteFiles(input);
      const early = world.client.workflow.getHandle(`delete-files:liveSegments:${appId}:${id}`);
      expect(await early.result()).toEqual({ removed: 0 });
      expect(partsOf(recorded).every(existsSync)).toBe(true);

      await swapped(room, KEPT_HOURS + 1);
      await reconciler.reconcile();
      await until(async () => (await world.roomRow(id)).live_segments_deleted_at, {
        timeoutMs: GONE_TIMEOUT_MS,
        what: 'the live segments to be gone',
      });
      expect(partsOf(recorded).filter(existsSync)).toEqual([]);
      expect([...rawOf(recorded), ...recorded.folders].filter((path) => !existsSync(path))).toEqual([]);
      expect(readdirSync(vod).sort()).toEqual(KEPT);
      // Once.
      expect(await findFilesToDelete(world.knex)).not.toContainEqual(expect.objectContaining({ id }));
    });

    it('the recording of a deleted room goes after a day, though its post is shown', async () => {
      const recorded = await archivedShow();
      const { room } = recorded;
      const vod = await processed(recorded, KEPT_HOURS - 1);
      await remove('video_rooms', room.roomId);
      await reconciler.reconcile();
      expect(await started('videoRoom', room)).toBe(false);
      expect(recorded.folders.every(existsSync)).toBe(true);

      await swapped(room, KEPT_HOURS + 1);
      await reconciler.reconcile();
      await filesGone('video_rooms', room.roomId);
      expect(recorded.folders.filter(existsSync)).toEqual([]);
      expect(readdirSync(vod).sort()).toEqual(KEPT);
    });
  });
});
