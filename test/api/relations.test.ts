import { newMember, newOwner, type Owner } from '../store/fixtures';
import { expectError, Harness } from './harness';

let api: Harness;
let owner: Owner;
beforeAll(async () => {
  api = await Harness.start();
});
beforeEach(async () => {
  owner = await newOwner(api.knex, api.vault);
  for (const name of ['bob', 'carol']) await newMember(api.knex, api.vault, owner.appId, name);
});
afterAll(() => api.stop());

const ask = (method: string, path: string, as = owner) =>
  api.ask(`/v2/apps/me/members/${path}`, { method, as });
const names = async (path: string): Promise<string[]> =>
  (await ask('GET', `${path}?sortBy=CREATED_AT_ASC`)).body.content.map((one: any) => one.member.appUserId);

describe('following', () => {
  it('is one way, safe to repeat, and listed on both sides', async () => {
    for (const target of ['bob', 'carol', 'bob'])
      expect((await ask('PUT', `alice/followings/${target}`)).status).toBe(204);
    await ask('PUT', 'carol/followings/bob');
    expect(await names('alice/followings')).toEqual(['bob', 'carol']);
    expect(await names('bob/followers')).toEqual(['alice', 'carol']);
    expect(await names('bob/followings')).toEqual([]);
    expect((await ask('GET', 'alice/followings/bob')).body.member).toMatchObject({ appUserId: 'bob' });
    expectError(await ask('GET', 'bob/followings/alice'), 404, 'RELATION_NOT_FOUND');
  });

  it('ends, also twice', async () => {
    await ask('PUT', 'alice/followings/bob');
    for (let times = 0; times < 2; times += 1)
      expect((await ask('DELETE', 'alice/followings/bob')).status).toBe(204);
    expectError(await ask('GET', 'alice/followings/bob'), 404, 'RELATION_NOT_FOUND');
  });

  it('pages', async () => {
    for (const target of ['bob', 'carol']) await ask('PUT', `alice/followings/${target}`);
    const page = (await ask('GET', 'alice/followings?page=1&pageSize=1&sortBy=CREATED_AT_ASC')).body;
    expect(page).toMatchObject({ totalElements: 2, totalPages: 2, numberOfElements: 1, last: true });
    expect((await ask('GET', 'alice/followings?page=9')).body.content).toEqual([]);
  });
});

describe('friends', () => {
  it('are two who both said so', async () => {
    expect((await ask('PUT', 'alice/friends/bob')).body).toMatchObject({
      member: { appUserId: 'bob' },
      confirmed: false,
    });
    expect([await names('alice/friends'), await names('bob/friends')]).toEqual([[], []]);
    expect([await names('bob/friend-requests'), await names('alice/friend-requests')]).toEqual([
      ['alice'],
      [],
    ]);
    expect((await ask('PUT', 'bob/friends/alice')).body.confirmed).toBe(true);
    expect((await ask('PUT', 'alice/friends/bob')).body.confirmed).toBe(true);
    expect([await names('alice/friends'), await names('bob/friends')]).toEqual([['bob'], ['alice']]);
    expect(await names('bob/friend-requests')).toEqual([]);
  });

  it.each(['alice/friends/bob', 'bob/friends/alice'])('DELETE %s ends it for both', async (path) => {
    await ask('PUT', 'alice/friends/bob');
    await ask('PUT', 'bob/friends/alice');
    expect((await ask('DELETE', path)).status).toBe(204);
    expect([await names('alice/friends'), await names('bob/friends')]).toEqual([[], []]);
    expect([await names('alice/friend-requests'), await names('bob/friend-requests')]).toEqual([[], []]);
  });

  it('a request is declined by the other one', async () => {
    await ask('PUT', 'alice/friends/bob');
    await ask('DELETE', 'bob/friends/alice');
    expect(await names('bob/friend-requests')).toEqual([]);
  });
});

it('nobody is related to itself', async () => {
  expectError(await ask('PUT', 'alice/followings/alice'), 400, 'RELATION_TO_ONESELF');
  expectError(await ask('PUT', 'alice/friends/alice'), 400, 'RELATION_TO_ONESELF');
});

it('knows members of this app alone', async () => {
  const other = await newOwner(api.knex, api.vault, 'zoe');
  for (const path of [
    'alice/followings/zoe',
    'zoe/followings/alice',
    'alice/friends/zoe',
    'alice/friends/%00',
  ])
    for (const method of ['PUT', 'DELETE']) expectError(await ask(method, path), 404, 'MEMBER_NOT_FOUND');
  for (const list of ['followings', 'followers', 'friends', 'friend-requests'])
    expectError(await ask('GET', `zoe/${list}`), 404, 'MEMBER_NOT_FOUND');
  expect((await ask('GET', 'zoe/followings', other)).status).toBe(200);
});

it('a deleted member is in no list, and comes back without relations', async () => {
  await ask('PUT', 'alice/followings/bob');
  await ask('PUT', 'alice/friends/bob');
  await ask('PUT', 'bob/friends/alice');
  expect((await ask('DELETE', 'bob')).status).toBe(204);
  expect([await names('alice/followings'), await names('alice/friends')]).toEqual([[], []]);
  await api.post('/members', { as: owner, body: { appUserId: 'bob' } });
  expect([await names('alice/followings'), await names('alice/friends')]).toEqual([[], []]);
});
