import type { Knex } from 'knex';
import { Client } from 'pg';
import { listVideoPosts } from '../../src/store/list-video-posts';
import { listVideoRooms } from '../../src/store/list-video-rooms';
import { newMember, newOwner, type Owner } from '../store/fixtures';
import { expectError, Harness } from './harness';

const SEARCH = { keyword: 'NOON_100%' };
const PAGE = { page: 0, pageSize: 10, sortBy: 'CREATED_AT_DESC' } as const;

let api: Harness;
beforeAll(async () => {
  api = await Harness.start();
});
afterAll(() => api.stop());

/** So many that reading all of them costs more than an index. */
const MANY = 10_000;

describe.each([
  ['video_rooms', (knex: Knex, appId: number) => listVideoRooms(knex, appId, SEARCH, PAGE)],
  ['video_posts', (knex: Knex, appId: number) => listVideoPosts(knex, appId, SEARCH, PAGE)],
] as const)('a search of many %s', (table, search) => {
  beforeAll(async () => {
    const { appId, memberId, streamKeyId } = api.owner;
    const title = "'Part ' || i || case when i = 7 then ' at Noon_100%' else '' end";
    const columns = {
      video_rooms: `(app_id, member_id, type, title, playback_name, scheduled_at, stream_key_id)
        select ?, ?, 'BROADCAST_RTMP', ${title}, 'many' || i, now(), ${streamKeyId}`,
      video_posts: `(app_id, member_id, type, title, name) select ?, ?, 'PRE_RECORDED', ${title}, 'many' || i`,
    };
    const rows = 'from generate_series(1, ?) i';
    await api.knex.transaction(async (trx) => {
      // Nobody is told of them.
      await trx.raw('set local session_replication_role = replica');
      await trx.raw(`insert into ${table} ${columns[table]} ${rows}`, [appId, memberId, MANY]);
    });
    await api.knex.raw(`vacuum analyze ${table}`);
  });

  it('reads an index of the titles, and takes % and _ as they are', async () => {
    const said: { sql: string; bindings: readonly Knex.Value[] }[] = [];
    const listen = (query: (typeof said)[number]) => said.push(query);
    api.knex.on('query', listen);
    const found = await search(api.knex, api.owner.appId);
    api.knex.off('query', listen);
    expect(found.total).toBe(1);
    const selects = said.filter(({ sql }) => sql.startsWith('select'));
    expect(selects).toHaveLength(2);
    const client = new Client({ connectionString: api.stack.databaseUrl });
    await client.connect();
    const plans: string[] = [];
    for (const { sql, bindings } of selects)
      plans.push(JSON.stringify((await client.query(`explain ${sql}`, [...bindings])).rows));
    await client.end();
    for (const plan of plans) expect(plan).toContain(`Bitmap Index Scan on ${table}_by_title`);
  });
});

describe('GET /video-rooms', () => {
  let owner: Owner;
  const list = async (query: string) => (await api.get(`/video-rooms?${query}`, { as: owner })).body;
  beforeAll(async () => {
    // Another app's room, which must never be listed here.
    await api.newRoom({ title: 'Monday of somebody else' });
    owner = await newOwner(api.knex, api.vault);
    const bob = await newMember(api.knex, api.vault, owner.appId, 'bob');
    expect(bob.appUserId).toBe('bob');
    for (const [title, appUserId, accessLevel] of [
      ['Monday 100%', 'alice', 'PUBLIC'],
      ['Tuesday', 'alice', 'PRIVATE'],
      ['monday again', 'bob', 'PUBLIC'],
    ]) {
      const body = {
        appUserId,
        type: 'BROADCAST_RTMP',
        scheduledAt: '2027-01-01T00:00:00Z',
        title,
        accessLevel,
      };
      expect((await api.post('/video-rooms', { as: owner, body })).status).toBe(201);
    }
  });
  const titles = (page: { content: { title: string }[] }) => page.content.map((room) => room.title);

  it('is a page as Spring writes it, newest first', async () => {
    const sort = { empty: false, sorted: true, unsorted: false };
    const page = await list('page=0&pageSize=2');
    expect(page).toEqual({
      content: [
        expect.objectContaining({ title: 'monday again' }),
        expect.objectContaining({ title: 'Tuesday' }),
      ],
      totalPages: 2,
      totalElements: 3,
      numberOfElements: 2,
      number: 0,
      size: 2,
      first: true,
      last: false,
      empty: false,
      pageable: { offset: 0, pageNumber: 0, pageSize: 2, paged: true, unpaged: false, sort },
      sort,
    });
    expect(await list('page=1&pageSize=2')).toMatchObject({
      numberOfElements: 1,
      number: 1,
      first: false,
      last: true,
      pageable: { offset: 2, pageNumber: 1 },
    });
    expect(await list('page=7')).toMatchObject({
      content: [],
      totalElements: 3,
      empty: true,
      last: true,
      size: 10,
    });
    expect(await list('page=1000000000000&pageSize=99999')).toMatchObject({
      content: [],
      totalElements: 3,
      size: 1_000,
      number: 1_000_000_000_000,
    });
  });

  it.each([
    ['sortBy=CREATED_AT_ASC', ['Monday 100%', 'Tuesday', 'monday again']],
    ['sortBy=LAST_MODIFIED_AT_DESC', ['monday again', 'Tuesday', 'Monday 100%']],
    ['keyword=MONDAY', ['monday again', 'Monday 100%']],
    ['keyword=%25', ['Monday 100%']],
    ['keyword=_', []],
    ['appUserId=bob', ['monday again']],
    ['accessLevel=PRIVATE', ['Tuesday']],
    ['videoRoomState=SCHEDULED&type=BROADCAST_RTMP&pageSize=1', ['monday again']],
    ['videoRoomState=LIVE', []],
    ['type=VIDEO_CONFERENCE', []],
    ['page=&pageSize=&keyword=&sortBy=&whatever=1', ['monday again', 'Tuesday', 'Monday 100%']],
  ])('filters by %s', async (query, expected) => {
    expect(titles(await list(query))).toEqual(expected);
  });

  it('filters by member id', async () => {
    expect(titles(await list(`memberId=${owner.memberId}`))).toEqual(['Tuesday', 'Monday 100%']);
  });

  it.each([
    'page=-1',
    'page=x',
    'pageSize=0',
    'sortBy=TITLE',
    'videoRoomState=GONE',
    'memberId=a',
    'page=1&page=2',
    'keyword=%00',
  ])('refuses %s', async (query) => {
    expectError(await api.get(`/video-rooms?${query}`), 400, 'INVALID_REQUEST');
  });
});
