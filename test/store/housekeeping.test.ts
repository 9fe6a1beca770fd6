import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import type { Knex } from 'knex';
import { housekeeping } from '../../src/bin/housekeeping';
import { createLogger } from '../../src/logger';
import { IdempotencyStore } from '../../src/store/idempotency';
import { banMember, joinChannel, leaveChannel, listChannelMembers } from '../../src/store/channel-members';
import { listMessages, sendMessage } from '../../src/store/channel-messages';
import { findChannel } from '../../src/store/channels';
import { createKnex } from '../../src/store/knex';
import { numberMemberEvents } from '../../src/store/member-events';
import { createGuest } from '../../src/store/members';
import { KEEP_DELIVERIES_DAYS } from '../../src/store/purge-deliveries';
import { KEEP_GUESTS_DAYS, TIES_OF_MEMBERS } from '../../src/store/purge-guests';
import { createRecordTransition } from '../../src/store/record-transition';
import { insertRefreshFamily, KEEP_EXPIRED_LOGINS_DAYS } from '../../src/store/refresh-families';
import { startStack, type Stack } from '../support/stack';
import { newMember, newOwner, newRoom, newVault, roomTransition, type Owner } from './fixtures';

const DAY_MS = 24 * 60 * 60_000;

let stack: Stack;
let knex: Knex;
let owner: Owner;
const vault = newVault();
const complaints: string[] = [];
const log = createLogger(
  { role: 'test', level: 'warn' },
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      complaints.push(chunk.toString());
      done();
    },
  }),
);
const keeper = () => housekeeping(knex, new IdempotencyStore(knex, vault), log);
afterEach(() => expect(complaints).toEqual([]));
beforeAll(async () => {
  stack = await startStack();
  knex = createKnex(stack.databaseUrl);
  owner = await newOwner(knex, vault);
  await knex('apps').where({ id: owner.appId }).update({ callback_url: 'https://backend.example/' });
});
afterAll(async () => {
  await knex.destroy();
  await stack.stop();
});

const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);

describe('callbacks', () => {
  const OLD = daysAgo(KEEP_DELIVERIES_DAYS + 1);
  const deliveries = (roomId: number) =>
    knex('callback_deliveries').where({ entity: 'videoRoom', entity_id: roomId }).orderBy('number');
  const numbers = async (roomId: number) =>
    (await deliveries(roomId).select('number')).map((it: { number: number }) => it.number);

  /** A room with five callbacks. */
  async function toldRoom(): Promise<number> {
    // A member has one live room at a time.
    const member = await newMember(knex, vault, owner.appId, randomUUID());
    const roomId = await newRoom(knex, { ...owner, ...member });
    for (let transitionNumber = 1; transitionNumber <= 4; transitionNumber += 1)
      await createRecordTransition(knex)(roomTransition(owner, roomId, { transitionNumber }));
    await deliveries(roomId).update({ state: 'DELIVERED' });
    return roomId;
  }

  it('that are settled go after a month; what waits stays, and the newest, which the next number counts from', async () => {
    const [old, young] = [await toldRoom(), await toldRoom()];
    await deliveries(old).update({ created_at: OLD });
    await deliveries(old).where({ number: 2 }).update({ state: 'PARKED' });
    await deliveries(old).where({ number: 3 }).update({ state: 'PENDING' });
    await deliveries(young).where({ number: 1 }).update({ created_at: OLD });
    await keeper().now();
    expect([await numbers(old), await numbers(young)]).toEqual([
      [3, 5],
      [2, 3, 4, 5],
    ]);
    await createRecordTransition(knex)(roomTransition(owner, old, { transitionNumber: 5 }));
    expect(await numbers(old)).toEqual([3, 5, 6]);
  });
});

describe('guests', () => {
  async function guest(days: number): Promise<number> {
    const { id } = await createGuest(knex, owner.appId);
    await knex('members')
      .where({ id })
      .update({ last_modified_at: daysAgo(days) });
    return id;
  }
  const login = (memberId: number, expiredForDays: number) =>
    insertRefreshFamily(knex, {
      id: randomUUID(),
      appId: owner.appId,
      memberId,
      createdAt: daysAgo(expiredForDays + 30),
      expiresAt: daysAgo(expiredForDays),
    });

  it('go with their last login, where nothing depends on them', async () => {
    const old = KEEP_GUESTS_DAYS + 1;
    const ids = {
      young: await guest(KEEP_GUESTS_DAYS - 1),
      old: await guest(old),
      loggedIn: await guest(old),
      loggedOutNow: await guest(old),
      loggedOutLong: await guest(old),
      follower: await guest(old),
      member: owner.memberId,
    };
    await login(ids.loggedIn, -1);
    await login(ids.loggedOutNow, KEEP_EXPIRED_LOGINS_DAYS - 1);
    await login(ids.loggedOutLong, KEEP_EXPIRED_LOGINS_DAYS + 1);
    const { appId, memberId } = owner;
    await knex('follows').insert({ app_id: appId, follower_id: ids.follower, followee_id: memberId });
    await knex('members')
      .where({ id: memberId })
      .update({ last_modified_at: daysAgo(old) });
    await keeper().now();
    const left = await knex('members').whereIn('id', Object.values(ids)).select<{ id: number }[]>('id');
    const names = Object.entries(ids).filter(([, id]) => left.some((row) => row.id === id));
    expect(names.map(([name]) => name)).toEqual(['young', 'loggedIn', 'loggedOutNow', 'follower', 'member']);
  });

  /** A guest without a login that had joined a room's channel long ago. */
  async function joinedGuest(roomId: number): Promise<number> {
    const id = await guest(KEEP_GUESTS_DAYS + 1);
    const channel = await findChannel(knex, owner.appId, roomId);
    await joinChannel(knex, channel!, id, { customType: null, customData: null });
    return id;
  }
  const leave = async (roomId: number, id: number) =>
    leaveChannel(knex, (await findChannel(knex, owner.appId, roomId))!, id, { auto: false });
  const inChannel = async (roomId: number) =>
    (await listChannelMembers(knex, roomId, { offset: 0, limit: 10 })).members.map((it) => it.member_id);
  /** As when all that was told has become too old. */
  const forgetEvents = async () => {
    await numberMemberEvents(knex);
    await knex('member_events').update({ created_at: new Date(0) });
  };

  it('that had left a channel go, and their membership with them; what was said or done about one keeps it', async () => {
    const roomId = await newRoom(knex, owner);
    const ids: number[] = [];
    for (let count = 0; count < 5; count += 1) ids.push(await joinedGuest(roomId));
    const [left, author, banned, reader, staying] = ids as [number, number, number, number, number];
    await login(staying, -1);
    const channel = (await findChannel(knex, owner.appId, roomId))!;
    const said = {
      type: 'MESSAGE',
      customType: null,
      customData: null,
      message: 'I was here',
      keep: true,
    } as const;
    await sendMessage(knex, channel, { ...said, origin: 'MEMBER', memberId: author, recipients: null });
    await sendMessage(knex, channel, { ...said, origin: 'APP', memberId: null, recipients: [reader] });
    await banMember(
      knex,
      channel,
      (await knex('members').where({ id: banned }).first('app_user_id')).app_user_id,
    );
    for (const id of [left, author, reader]) await leave(roomId, id);
    await keeper().now();
    expect(await inChannel(roomId)).toEqual(ids);
    await forgetEvents();
    await keeper().now();
    expect(await inChannel(roomId)).toEqual([author, banned, reader, staying]);
    const [message] = (
      await listMessages(knex, roomId, staying, { from: null, direction: 'BEFORE', limit: 1 })
    ).messages;
    const written = await knex('members').where({ id: author }).first('app_user_id');
    expect(message?.channelMember?.appUserId).toBe(written.app_user_id);
    expect(await knex('members').where({ id: left }).first()).toBeUndefined();
  });

  it('that never left a channel are taken out of it, told of, and go a week later', async () => {
    const roomId = await newRoom(knex, owner);
    const [gone, staying] = [await joinedGuest(roomId), await joinedGuest(roomId)];
    await login(staying, -1);
    await keeper().now();
    const rows = await knex('channel_members').where({ channel_id: roomId }).orderBy('id');
    expect(rows).toMatchObject([
      { member_id: gone, state: 'LEAVED', auto_leaved: true },
      { member_id: staying, state: 'ONLINE' },
    ]);
    const told = await knex('member_events').where({ channel_id: roomId }).orderBy('id', 'desc').limit(2);
    expect(told.map(({ payload }) => payload)).toMatchObject([
      { customType: 'CHANNEL_STAT_UPDATED', customData: { currentOnlineMemberCount: 1 } },
      { customType: 'LEAVED' },
    ]);
    await forgetEvents();
    await keeper().now();
    expect(await inChannel(roomId)).toEqual([staying]);
  });

  it('stay for everything in the database that can depend on a member', async () => {
    const { rows } = await knex.raw<{ rows: { tie: string }[] }>(
      `select c.conrelid::regclass || '.' || a.attname as tie
       from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
       where c.contype = 'f' and c.confrelid = 'members'::regclass order by 1`,
    );
    const ties = TIES_OF_MEMBERS.map(([table, column]) => `${table}.${column}`);
    expect(ties.sort()).toEqual(rows.map(({ tie }) => tie).sort());
  });
});

it('is at rest when it has stopped', async () => {
  const { id } = await createGuest(knex, owner.appId);
  await knex('members')
    .where({ id })
    .update({ last_modified_at: new Date(0) });
  const keeping = keeper();
  keeping.start();
  void keeping.now();
  await keeping.stop();
  // The step under way was done, and none was begun after the stop.
  expect(await knex('members').where({ id }).first()).toBeDefined();
  await keeper().now();
  expect(await knex('members').where({ id }).first()).toBeUndefined();
});
