import { streamKeysContract as keys } from '../../../src/api/contract/stream-keys';
import { videoPostsContract as posts } from '../../../src/api/contract/video-posts';
import { Entrant, forAll, isServer } from './before-every-operation';
import { isNotBuilt, PUBLISHED } from './coverage';
import { clip, putParts } from './posts';
import { goLive, schedule } from './shows';
import type { World } from './world';

/** The media node dies in two broadcasts: one is ended and one forced while it is away. Neither needs it to be back. */
export async function mediaKilled(world: World): Promise<void> {
  const tenant = await world.tenant();
  const of = (appUserId: string) => schedule(tenant, { appUserId, isOwn: false, spelling: 0 });
  const [ended, forced] = await Promise.all([of('ended'), of('forced')]);
  const encoders = await Promise.all([goLive(world, ended), goLive(world, forced)]);
  world.kill('media');
  await Promise.all([
    tenant.app.ok(ended.own.end, { path: { videoRoomId: ended.videoRoomId } }),
    tenant.app.ok(keys.forceTerminate, { path: { streamKeyId: forced.streamKeyId } }),
  ]);
  for (const encoder of encoders) encoder.destroy();
}

/** Every operation that asks a workflow, while Temporal is dead; and what is left of it afterwards. */
export async function temporalKilled(world: World): Promise<void> {
  const entrant = await Entrant.of(world);
  const { tenant } = entrant;
  const { app, owner } = tenant;
  // One each: a change of a room holds its row while its workflow is told.
  const ofSide = (isOwn: boolean) => schedule(tenant, { appUserId: owner.appUserId, isOwn, spelling: 0 });
  const [theirs, own] = [await ofSide(false), await ofSide(true)];
  const { id: videoPostId } = await app.ok(posts.createVideoPost, { body: { appUserId: owner.appUserId } });
  const parts = await putParts(app, posts.requestVideoPostUploadUrls, videoPostId, clip());
  const path = { ...owner, videoPostId };
  const bodies: Record<string, object> = {
    patch: { reconnectWindow: 30 },
    post: { appUserId: owner.appUserId, type: 'BROADCAST_RTMP', scheduledAt: '2027-01-01T00:00:00Z' },
  };
  await world.whileTemporalIsDead(async () => {
    await app.ok(posts.completeVideoPostUploads, { path, body: parts });
    await world.rowIs('video_posts', videoPostId, { state: 'FAILED_QUEUING' });
    const asking = PUBLISHED.filter(({ errors }) => errors.includes('CONTROL_PLANE_UNAVAILABLE'));
    await Promise.all(
      asking.map((it) => {
        const body = it.operation.body ? bodies[it.operation.method] : undefined;
        const { videoRoomId } = isServer(it) ? theirs : own;
        const input = { path: { ...path, videoRoomId }, body };
        return entrant.caller(it).says('CONTROL_PLANE_UNAVAILABLE', it.operation, input);
      }),
    );
  });
  await app.ok(posts.retryVideoPost, { path });
  await world.rowIs('video_posts', videoPostId, { state: 'PROCESSED' });
}

/** Every operation is carried out or refused for what it asks: nothing is our fault any more. */
async function allWork(entrant: Entrant): Promise<void> {
  await forAll(PUBLISHED, async (it) => {
    if (isNotBuilt(it.operation)) return;
    const { status, body } = await entrant.caller(it).send(it.operation, entrant.input(it));
    if (status >= 500) throw new Error(`${it.operation.id} still answers ${status} ${body.errorCode}`);
  });
}

/** A table is not called what we think: what nobody foresaw. */
export async function databaseBroken(world: World): Promise<void> {
  const entrant = await Entrant.of(world);
  await world.knex.raw('alter table apps rename to apps_away');
  try {
    await forAll(PUBLISHED, (it) =>
      entrant.caller(it).says('INTERNAL_SERVER_ERROR', it.operation, entrant.input(it)),
    );
  } finally {
    await world.knex.raw('alter table apps_away rename to apps');
  }
}

/** Every operation while Postgres is dead, and again when it is back. */
export async function postgresKilled(world: World): Promise<void> {
  const entrant = await Entrant.of(world);
  await world.whilePostgresIsDead(() =>
    forAll(PUBLISHED, (it) =>
      entrant.caller(it).says('DATABASE_UNAVAILABLE', it.operation, entrant.input(it)),
    ),
  );
  await allWork(entrant);
}
