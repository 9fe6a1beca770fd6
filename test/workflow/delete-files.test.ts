import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createUnfinishedRows } from '../../src/store/unfinished-rows';
import { ensureVideoPostOfRoom } from '../../src/store/video-posts';
import { Reconciler } from '../../src/temporal/reconciler';
import type { CommandedRoom } from '../../src/temporal/room-commands';
import { until } from '../support/until';
import type { ScriptedNode } from './support/scripted-node';
import { World } from './support/world';

const GONE_TIMEOUT_MS = 15_000;

/** Files of what was deleted go by a workflow, which the reconciler starts where nobody else did. */
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

  /** A show whose archive failed, and its files as a media node would have left them. */
  async function failedShow(): Promise<{ room: CommandedRoom; folders: string[] }> {
    const member = await world.member();
    const room = await world.room(member);
    const session = await node.stream(member);
    await world.keyReaches(member, 'ACTIVE');
    await world.commands.command(room, 'goLive', null);
    await node.stop(member, session);
    await world.roomReaches(room, 'LIVE_INACTIVE');
    world.archiveFailure = 'the disk is gone';
    await world.commands.command(room, 'endBroadcast', null);
    await until(async () => (await world.roomRow(room.roomId)).vod_state === 'FAILED_ARCHIVING', {
      timeoutMs: GONE_TIMEOUT_MS,
      what: 'the archive to fail',
    });
    world.archiveFailure = null;
    const { layout } = world;
    const { playbackName } = room.input;
    const part = { type: 'part', part: 0, sessionId: 'early-session', sessionPart: 0, tracks: [] };
    const open = { type: 'open', version: 1, playbackName, mode: 'RTMP', goLiveAt: '2026-11-21T10:00:00Z' };
    write(layout.timeline(playbackName), `${JSON.stringify(open)}\n${JSON.stringify(part)}\n`);
    for (const id of ['early-session', session.sessionId]) write(layout.rawRecording(id), 'flv');
    const sessions = ['early-session', session.sessionId].map((id) => layout.sessionDir(id));
    return { room, folders: [...sessions, layout.broadcastDir(playbackName)] };
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
});
