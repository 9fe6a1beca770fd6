import { join } from 'node:path';
import { meContract as me } from '../../../src/api/contract/me';
import { membersContract as members } from '../../../src/api/contract/members';
import { myRoomsContract as mine } from '../../../src/api/contract/my-rooms';
import { streamKeysContract as keys } from '../../../src/api/contract/stream-keys';
import { videoRoomsContract as rooms } from '../../../src/api/contract/video-rooms';
import { readClip } from '../../bench/clip';
import { Publisher } from '../../bench/publisher';
import { until } from '../../support/until';
import type { Caller } from './caller';
import type { Tenant, World } from './world';

const clip = readClip(join(__dirname, '../../fixtures/media/clip.flv'), 2_000);
const TYPE = { type: 'BROADCAST_RTMP', scheduledAt: '2027-01-01T00:00:00Z' };

/** What a show is run by: the app's backend, or the member itself. */
const SERVER = {
  create: rooms.createVideoRoom,
  start: rooms.startRtmpBroadcast,
  end: rooms.endRtmpBroadcast,
  cancel: rooms.cancelRtmpBroadcast,
  update: rooms.updateVideoRoom,
  remove: rooms.deleteVideoRoom,
};
const MEMBER = {
  create: mine.createMyRoom,
  start: mine.startMyRoom,
  end: mine.endMyRoom,
  cancel: mine.cancelMyRoom,
  update: mine.updateMyRoom,
  remove: mine.deleteMyRoom,
};

export interface Show {
  appUserId: string;
  streamKeyId: number;
  videoRoomId: number;
  by: Caller;
  own: typeof SERVER | typeof MEMBER;
  spelling: number;
  publish(): Promise<Publisher>;
}

interface Run {
  appUserId: string;
  isOwn: boolean;
  spelling: number;
}

/** A member with a scheduled room. */
export async function schedule(tenant: Tenant, { appUserId, isOwn, spelling }: Run): Promise<Show> {
  const member = await tenant.member(appUserId);
  const key = await member.ok(me.getMyStreamKey);
  const by = isOwn ? member : tenant.app;
  const own = isOwn ? MEMBER : SERVER;
  const room = await by.ok(own.create, { body: { appUserId, ...TYPE } });
  const publish = () => Publisher.publish(Number(new URL(key.ingestUrl).port), `${key.streamKey}?mode=RTMP`);
  return { appUserId, streamKeyId: key.id, videoRoomId: room.id, by, own, spelling, publish };
}

/** On the air. */
export async function goLive(world: World, show: Show): Promise<Publisher> {
  const encoder = (await show.publish()).play(clip);
  await world.keyIs(show.streamKeyId, 'ACTIVE');
  const { videoRoomId } = show;
  await show.by.ok(show.own.start, { path: { videoRoomId }, spelling: show.spelling });
  return encoder;
}

/** Broadcasts from the first publish to the end, by each side and each spelling; what is refused on the way. */
export async function shows(world: World): Promise<void> {
  const tenant = await world.tenant();
  const runs = [false, true].flatMap((isOwn) => [0, 1].map((spelling) => ({ isOwn, spelling })));
  await Promise.all(runs.map((run, at) => broadcast(world, tenant, { ...run, appUserId: `star${at}` })));
}

async function broadcast(world: World, tenant: Tenant, run: Run): Promise<void> {
  const show = await schedule(tenant, run);
  const { by, own, streamKeyId } = show;
  const path = { videoRoomId: show.videoRoomId };
  await by.says('STREAM_KEY_STATE_NOT_ACTIVE', own.start, { path });
  const encoder = await goLive(world, show);
  await refuseWhileLive(tenant, show);
  encoder.end();
  await world.keyIs(streamKeyId, 'INACTIVE_LIVE');
  // Connected again, and nothing to watch yet.
  const silent = await show.publish();
  await world.keyIs(streamKeyId, 'ACTIVE_LIVE_PREP');
  await by.says('STREAM_KEY_STATE_NOT_INACTIVE_LIVE', own.end, { path });
  silent.end();
  await world.keyIs(streamKeyId, 'INACTIVE_LIVE');
  await by.ok(own.end, { path, spelling: show.spelling });
  await by.says('VIDEO_ROOM_IS_ARCHIVING', own.remove, { path });
}

async function refuseWhileLive({ app }: Tenant, { by, own, appUserId, ...show }: Show): Promise<void> {
  const path = { videoRoomId: show.videoRoomId };
  const { scheduledAt } = TYPE;
  await by.says('VIDEO_ROOM_STATE_NOT_SCHEDULED', own.start, { path });
  await by.says('VIDEO_ROOM_STATE_NOT_SCHEDULED', own.cancel, { path });
  await by.says('VIDEO_ROOM_STATE_NOT_SCHEDULED', own.update, { path, body: { scheduledAt } });
  await by.says('VIDEO_ROOM_IS_LIVE', own.remove, { path });
  await app.says('MEMBER_IN_USE', members.deleteMember, { path: { appUserId } });
  const { streamKeyId } = show;
  await app.says('STREAM_KEY_STATE_NOT_INACTIVE', keys.reissueStreamKey, { path: { streamKeyId } });
  // Its encoder goes on sending.
  await by.says('VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE', own.end, { path });
}

/** Stream keys, and rooms that never go live. */
export async function keysAndRooms(world: World): Promise<void> {
  const tenant = await world.tenant();
  const { app, owner } = tenant;
  const path = { streamKeyId: owner.streamKeyId };
  await app.ok(keys.listStreamKeys);
  await app.ok(keys.getStreamKey, { path });
  await app.ok(keys.updateStreamKey, { path, body: { profileId: 4, defaultRtmpOutputMode: 'RTMP' } });
  await app.says('VIDEO_TRANSCODING_PROFILE_NOT_FOUND', keys.updateStreamKey, {
    path,
    body: { profileId: 999_999_999 },
  });
  await app.says('VIDEO_TRANSCODING_PROFILE_TYPE_NOT_BROADCAST_RTMP', keys.updateStreamKey, {
    path,
    body: { profileId: 6 },
  });
  await app.ok(keys.reissueStreamKey, { path });
  await app.ok(keys.forceTerminate, { path });
  const member = await tenant.member(owner.appUserId);
  await Promise.all([
    unstarted(world, { by: app, own: SERVER, appUserId: owner.appUserId }),
    unstarted(world, { by: member, own: MEMBER, appUserId: owner.appUserId }),
    lookedAt(tenant),
    guests(world),
  ]);
}

async function unstarted(
  world: World,
  { by, own, appUserId }: Pick<Show, 'by' | 'own' | 'appUserId'>,
): Promise<void> {
  const room = () => by.ok(own.create, { body: { appUserId, ...TYPE } });
  const [cancelled, removed, held] = await Promise.all([room(), room(), room()]);
  const path = { videoRoomId: cancelled.id as number };
  await by.says('EMPTY_VIDEO_ROOM_SCHEDULED_AT', own.create, { body: { appUserId, type: TYPE.type } });
  await by.says('EMPTY_VIDEO_ROOM_SCHEDULED_AT', own.update, { path, body: { scheduledAt: null } });
  await by.ok(own.update, { path, body: { title: 'Later', scheduledAt: '2027-02-01T00:00:00+09:00' } });
  await by.says('VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE', own.end, { path });
  await by.ok(own.cancel, { path });
  await by.ok(own.remove, { path: { videoRoomId: removed.id } });
  await lock(world, { by, own, videoRoomId: held.id });
  const conference = await by.ok(own.create, { body: { appUserId, type: 'VIDEO_CONFERENCE' } });
  for (const command of [own.start, own.end, own.cancel])
    await by.says('VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP', command, { path: { videoRoomId: conference.id } });
}

/** A command that waits for the room's row, which somebody holds; every other one is told to wait for it. */
async function lock(world: World, { by, own, videoRoomId }: Pick<Show, 'by' | 'own' | 'videoRoomId'>) {
  const path = { videoRoomId };
  const trx = await world.knex.transaction();
  const holder = await trx('video_rooms')
    .where({ id: videoRoomId })
    .forUpdate()
    .first<{ pid: number }>(trx.raw('pg_backend_pid() as pid'));
  const cancelled = by.ok(own.cancel, { path });
  try {
    const waiting = world.knex('pg_stat_activity').whereRaw('? = any(pg_blocking_pids(pid))', [holder.pid]);
    await until(() => waiting.clone().first('pid'), { timeoutMs: 20_000, what: 'the command to wait' });
    for (const other of [own.start, own.end, own.cancel, own.remove])
      await by.says('REQUEST_LOCKED', other, { path });
  } finally {
    await trx.rollback();
  }
  await cancelled;
}

async function lookedAt(tenant: Tenant): Promise<void> {
  const { app, owner } = tenant;
  const { appUserId } = owner;
  const viewer = await tenant.member('viewer');
  const room = await app.ok(rooms.createVideoRoom, { body: { appUserId, ...TYPE, accessLevel: 'MEMBER' } });
  const path = { videoRoomId: room.id as number };
  await app.ok(rooms.listVideoRooms);
  await app.ok(rooms.getVideoRoom, { path });
  await app.ok(rooms.listVideoRoomEvents, { path });
  await viewer.ok(mine.listMyRooms, { query: { appUserId } });
  await viewer.says('MEMBER_NOT_FOUND', mine.listMyRooms, { query: { appUserId: 'nobody' } });
  await viewer.ok(mine.getMyRoom, { path });
  await viewer.ok(mine.getMyRoomByUuid, { path: { uuid: room.uuid } });
  await app.ok(rooms.updateVideoRoom, { path, body: { accessLevel: 'PRIVATE' } });
  await viewer.says('VIDEO_ROOM_ACCESS_DENIED', mine.getMyRoom, { path });
  await viewer.says('VIDEO_ROOM_ACCESS_DENIED', mine.getMyRoomByUuid, { path: { uuid: room.uuid } });
}

/** Who may make no room: guests, and members of an app that keeps that to itself. */
async function guests(world: World): Promise<void> {
  const tenant = await world.tenant();
  const guest = await tenant.guest();
  const path = { videoRoomId: 1 };
  await guest.says('MEMBER_IS_GUEST', mine.createMyRoom, { body: TYPE });
  await guest.says('MEMBER_IS_GUEST', mine.updateMyRoom, { path, body: { title: 'x' } });
  for (const it of [mine.deleteMyRoom, mine.startMyRoom, mine.endMyRoom, mine.cancelMyRoom])
    await guest.says('MEMBER_IS_GUEST', it, { path });
  await world.knex('apps').where({ id: tenant.owner.appId }).update({ members_may_create_rooms: false });
  await (
    await tenant.member('ann')
  ).says('MEMBER_SELF_CREATE_VIDEO_ROOM_NOT_AVAILABLE_DUE_TO_APP_POLICY', mine.createMyRoom, { body: TYPE });
}
