import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { ensureDemoApp } from '../../src/store/demo-app';
import { IdempotencyStore } from '../../src/store/idempotency';
import { createKnex } from '../../src/store/knex';
import { upsertMember } from '../../src/store/members';
import { createRecordTransition } from '../../src/store/record-transition';
import {
  ensureVideoPostOfRoom,
  findVideoPost,
  markPostFailed,
  markPostOriginal,
  markPostPlayable,
  markPostProcessed,
  markPostProcessing,
} from '../../src/store/video-posts';
import { findVideoRoom, removeUnstartedRoom } from '../../src/store/video-rooms';
import { startStack, type Stack } from '../support/stack';
import { newOwner, newRoom, newVault, roomTransition, type Owner } from './fixtures';

const AT_ONCE = 10;

let stack: Stack;
let knex: Knex;
const vault = newVault();
let owner: Owner;
beforeAll(async () => {
  stack = await startStack();
  knex = createKnex(stack.databaseUrl);
});
beforeEach(async () => {
  owner = await newOwner(knex, vault);
});
afterAll(async () => {
  await knex.destroy();
  await stack.stop();
});

const atOnce = <T>(work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: AT_ONCE }, (_, index) => work(index)));

describe('members', () => {
  it('are made once, with one stream key, by any number of calls at once', async () => {
    const made = await atOnce(() => upsertMember(knex, vault, owner.appId, 'bob', {}));
    expect(new Set(made.map((member) => member.id)).size).toBe(1);
    expect(await knex('stream_keys').where({ member_id: made[0]?.id })).toHaveLength(1);
  });

  it('keep what an update does not name, and lose what it sets to null', async () => {
    await upsertMember(knex, vault, owner.appId, 'bob', { appUserName: 'Bob', email: 'bob@example.com' });
    await upsertMember(knex, vault, owner.appId, 'bob', { email: null, customData: { seat: '12' } });
    expect(await upsertMember(knex, vault, owner.appId, 'bob', {})).toMatchObject({
      app_user_name: 'Bob',
      email: null,
      custom_data: { seat: '12' },
    });
  });
});

describe('rooms', () => {
  it('can be taken back until their workflow has moved them', async () => {
    const [unstarted, moved] = [await newRoom(knex, owner), await newRoom(knex, owner)];
    await createRecordTransition(knex)(roomTransition(owner, moved));
    expect(await removeUnstartedRoom(knex, unstarted)).toBe(true);
    expect(await removeUnstartedRoom(knex, moved)).toBe(false);
    expect(await findVideoRoom(knex, owner.appId, unstarted)).toBeUndefined();
    expect(await knex('events').where({ entity: 'videoRoom', entity_id: unstarted })).toHaveLength(0);
    expect(await findVideoRoom(knex, owner.appId, moved)).toBeDefined();
  });
});

describe('video posts', () => {
  it('are one a room, whoever asks', async () => {
    const room = { appId: owner.appId, roomId: await newRoom(knex, owner, 'The finals') };
    const posts = await atOnce(() => ensureVideoPostOfRoom(knex, room));
    expect(new Set(posts.map((post) => post.id)).size).toBe(1);
    expect(posts[0]).toMatchObject({ type: 'LIVE_RECORDED', state: 'CREATED', title: 'The finals' });
    expect(posts[0]?.name).toMatch(/^[A-Za-z0-9]{22}$/);
  });

  it('are not made for another app’s room', async () => {
    const roomId = await newRoom(knex, owner);
    const other = await newOwner(knex, vault);
    await expect(ensureVideoPostOfRoom(knex, { appId: other.appId, roomId })).rejects.toMatchObject({
      code: 'VIDEO_ROOM_NOT_FOUND',
    });
  });

  it('move on, fail, are tried again, and stay processed', async () => {
    const post = await ensureVideoPostOfRoom(knex, {
      appId: owner.appId,
      roomId: await newRoom(knex, owner),
    });
    const now = async () => findVideoPost(knex, owner.appId, post.id);
    await markPostPlayable(knex, post.id, { durationMs: 4_000, segments: 2 });
    const playable = await now();
    expect(playable).toMatchObject({ state: 'QUEUED', duration_ms: 4_000, segments: 2 });
    await markPostProcessing(knex, post.id);
    await markPostFailed(knex, post.id, 'the disk was full');
    expect(await now()).toMatchObject({ state: 'FAILED_PROCESSING', failure: 'the disk was full' });
    await markPostProcessing(knex, post.id);
    await markPostOriginal(knex, post.id, { bytes: 1_000, durationMs: 4_010 });
    await markPostProcessed(knex, post.id);
    await markPostFailed(knex, post.id, 'a late failure of an older attempt');
    await markPostPlayable(knex, post.id, { durationMs: 1, segments: 1 });
    expect(await now()).toMatchObject({
      state: 'PROCESSED',
      failure: null,
      original_bytes: 1_000,
      duration_ms: 4_010,
      playable_at: playable?.playable_at,
    });
  });
});

describe('idempotency keys', () => {
  const hash = randomBytes(32);
  const scopeOf = (appId: number) => ({ appId, scopeHash: Buffer.from(`${appId}: a-key`) });
  const scope = () => scopeOf(owner.appId);

  it('let one of many equal requests act, and keep its answer', async () => {
    const store = new IdempotencyStore(knex, vault);
    const claims = await atOnce(() => store.claim(scope(), hash));
    const won = claims.filter((claim) => claim.kind === 'claimed');
    expect(won).toHaveLength(1);
    expect(claims.filter((claim) => claim.kind === 'locked')).toHaveLength(AT_ONCE - 1);
    const answer = { status: 201, body: { id: 7 } };
    for (const claim of won) await store.complete(scope(), claim.holder, answer);
    expect(await store.claim(scope(), hash)).toEqual({ kind: 'answered', answer, madeId: null });
    expect(await store.claim(scope(), randomBytes(32))).toEqual({ kind: 'reused' });
    expect(await store.claim(scopeOf((await newOwner(knex, vault)).appId), hash)).toMatchObject({
      kind: 'claimed',
    });
  });

  it('stay with a process that says in time that it is still at work', async () => {
    const store = new IdempotencyStore(knex, vault);
    const first = await store.claim(scope(), hash);
    if (first.kind !== 'claimed') throw new Error('not claimed');
    const runOut = () =>
      knex('idempotency_keys')
        .where({ app_id: owner.appId })
        .update({ locked_until: new Date(0) });
    await runOut();
    await store.renew(scope(), first.holder);
    expect(await store.claim(scope(), hash)).toEqual({ kind: 'locked' });
    await runOut();
    expect(await store.claim(scope(), hash)).toMatchObject({ kind: 'claimed' });
    await runOut();
    // Taken over: the late holder has no say any more.
    await store.renew(scope(), first.holder);
    expect(await store.claim(scope(), hash)).toMatchObject({ kind: 'claimed' });
  });

  it('are given back, taken over from a dead process, and forgotten after a day', async () => {
    const store = new IdempotencyStore(knex, vault);
    const first = await store.claim(scope(), hash);
    if (first.kind !== 'claimed') throw new Error('not claimed');
    await store.release(scope(), first.holder);
    const second = await store.claim(scope(), hash);
    if (second.kind !== 'claimed') throw new Error('not claimed');
    await knex('idempotency_keys')
      .where({ app_id: owner.appId })
      .update({ locked_until: new Date(0) });
    expect(await store.claim(scope(), hash)).toMatchObject({ kind: 'claimed' });
    // The late holder's answer is not kept: the newer one is at work.
    await store.complete(scope(), second.holder, { status: 200, body: null });
    expect(await store.claim(scope(), hash)).toEqual({ kind: 'locked' });
    await knex('idempotency_keys')
      .where({ app_id: owner.appId })
      .update({ created_at: new Date(0) });
    expect(await store.claim(scope(), randomBytes(32))).toMatchObject({ kind: 'claimed' });
    await knex('idempotency_keys')
      .where({ app_id: owner.appId })
      .update({ created_at: new Date(0) });
    expect(await store.purge()).toBe(1);
  });
});

describe('what a request made', () => {
  const hash = randomBytes(32);
  const rows = () => knex('idempotency_keys').where({ app_id: owner.appId });
  const claimed = async (store: IdempotencyStore, scope: { appId: number; scopeHash: Buffer }) => {
    const claim = await store.claim(scope, hash);
    if (claim.kind !== 'claimed') throw new Error('not claimed');
    return claim;
  };

  it('is told to who takes its key over, and kept by one of them only', async () => {
    const store = new IdempotencyStore(knex, vault);
    const scope = { appId: owner.appId, scopeHash: randomBytes(32) };
    await claimed(store, scope);
    await rows().update({ locked_until: new Date(0) });
    const second = await claimed(store, scope);
    await store.keepMade(knex, scope, { before: second.madeId, made: 7 });
    // The late holder knows nothing of it, so it may make nothing.
    await expect(store.keepMade(knex, scope, { before: null, made: 8 })).rejects.toMatchObject({
      code: 'REQUEST_LOCKED',
    });
    await store.release(scope, second.holder);
    expect(await claimed(store, scope)).toMatchObject({ madeId: 7 });
    await rows().update({ created_at: new Date(0) });
    expect(await claimed(store, scope)).toMatchObject({ madeId: null });
  });
});

describe('the demo app', () => {
  it('is made once and keeps its credentials', async () => {
    const demo = await ensureDemoApp({ knex, vault });
    expect(await ensureDemoApp({ knex, vault, credentials: demo })).toEqual(demo);
    const renewed = await ensureDemoApp({ knex, vault });
    expect(renewed).toEqual({ ...demo, apiSecret: renewed.apiSecret });
    expect(renewed.apiSecret).not.toBe(demo.apiSecret);
  });

  it('comes back with its credentials on a new database', async () => {
    const demo = await ensureDemoApp({ knex, vault });
    const fresh = createKnex(await stack.createDatabase());
    try {
      const again = await ensureDemoApp({ knex: fresh, vault, credentials: demo });
      expect(again).toMatchObject({ apiKey: demo.apiKey, apiSecret: demo.apiSecret });
      expect(await ensureDemoApp({ knex: fresh, vault, credentials: demo })).toEqual(again);
    } finally {
      await fresh.destroy();
    }
  });
});
