import { Client, Connection } from '@temporalio/client';
import { createApi } from '../../../src/api/app';
import { myRoomsContract as mine } from '../../../src/api/contract/my-rooms';
import { appTokensContract } from '../../../src/api/contract/tokens';
import { videoPostsContract as posts } from '../../../src/api/contract/video-posts';
import { videoRoomsContract as rooms } from '../../../src/api/contract/video-rooms';
import { EventStreams } from '../../../src/api/event-stream/event-streams';
import { listen } from '../../../src/api/listen';
import { createLogger } from '../../../src/logger';
import { TemporalPostCommands } from '../../../src/temporal/post-commands';
import { TemporalRoomCommands } from '../../../src/temporal/room-commands';
import { roleVariable } from '../support/showrunner';
import { basic, type World } from './world';

/** More than a command may wait for its worker. */
const BEHIND_MS = 10_000;

/** A second API on the same Postgres and Temporal. Its commands are over their time when a workflow takes them. */
async function withLateApi(world: World, work: (base: string) => Promise<void>): Promise<void> {
  const { knex, vault, config } = world;
  const log = createLogger({ role: 'api', level: 'silent' });
  const connection = await Connection.connect({
    address: roleVariable(world.processes.pid, 'TEMPORAL_ADDRESS'),
  });
  const client = new Client({ connection, namespace: config.temporalNamespace });
  const bases = config.publicBases;
  const eventStreams = new EventStreams({ knex, vault, bases, log });
  const commands = new TemporalRoomCommands(client, bases, () => Date.now() - BEHIND_MS);
  const api = createApi({
    knex,
    vault,
    commands,
    posts: new TemporalPostCommands(client),
    bases,
    log,
    eventStreams,
  });
  const server = await listen(api, { host: '127.0.0.1', port: 0 });
  try {
    await work(`http://127.0.0.1:${server.port}`);
  } finally {
    eventStreams.close();
    await server.close();
    await connection.close();
  }
}

/** What every command says that comes too late to its workflow, and does. */
export async function clockBehind(world: World): Promise<void> {
  const { app, owner } = await world.tenant();
  const { appUserId } = owner;
  const room = await app.ok(rooms.createVideoRoom, {
    body: { appUserId, type: 'BROADCAST_RTMP', scheduledAt: '2027-01-01T00:00:00Z' },
  });
  const path = { videoRoomId: room.id as number };
  // Its workflow is there, and judges.
  await app.says('VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE', rooms.endRtmpBroadcast, { path });
  const { id: videoPostId } = await app.ok(posts.createVideoPost, { body: { appUserId } });
  await world
    .knex('video_posts')
    .where({ id: videoPostId })
    .update({ video_room_id: room.id, state: 'FAILED_PROCESSING' });
  const { accessToken } = await app.ok(appTokensContract.loginMember, { body: { appUserId } });
  await withLateApi(world, async (base) => {
    const backend = world.as(basic(owner.apiKey, owner.apiSecret), base);
    const member = world.as(`Bearer ${accessToken}`, base);
    const { startRtmpBroadcast, endRtmpBroadcast, cancelRtmpBroadcast, deleteVideoRoom } = rooms;
    for (const it of [startRtmpBroadcast, endRtmpBroadcast, cancelRtmpBroadcast, deleteVideoRoom])
      await backend.says('COMMAND_DEADLINE_PASSED', it, { path });
    for (const it of [mine.startMyRoom, mine.endMyRoom, mine.cancelMyRoom, mine.deleteMyRoom])
      await member.says('COMMAND_DEADLINE_PASSED', it, { path });
    await backend.says('COMMAND_DEADLINE_PASSED', posts.retryVideoPost, { path: { videoPostId } });
  });
  await world.rowIs('video_rooms', room.id, { state: 'SCHEDULED', entity_state: 'ACTIVE' });
}
