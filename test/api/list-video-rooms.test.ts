import { newMember, newOwner, type Owner } from '../store/fixtures';
import { expectError, Harness } from './harness';

let api: Harness;
beforeAll(async () => {
  api = await Harness.start();
});
afterAll(() => api.stop());

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
