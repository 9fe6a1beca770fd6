import { z } from 'zod';
import { SERVER_API } from '../../src/api/contract';
import type { Operation } from '../../src/api/contract/operation';
import { isErrorCode, type ErrorCode } from '../../src/domain/errors';
import { ensureVideoPostOfRoom } from '../../src/store/video-posts';
import { newMember, newOwner, newRoom, type Owner } from '../store/fixtures';
import { expectError, Harness, type Ask, type Reply } from './harness';
import { BROKEN_BODIES, FIELD_VALUES, PATH_VALUES, QUERY_VALUES } from './hostile/inputs';

/** Walks the published contract, so that what lands later is walked as well. */
const OPERATIONS = SERVER_API.contracts
  .flatMap((contract): Operation[] => Object.values(contract))
  // Refused as a whole until it is built: there is nothing to break.
  .filter(({ errors }) => !errors.includes('NOT_BUILT_YET'))
  .flatMap((operation) =>
    [operation.path, ...(operation.alsoAt ?? [])].map((path) => ({ operation, path: path as string })),
  );
const named = ({ operation, path }: (typeof OPERATIONS)[number]) =>
  [`${operation.method.toUpperCase()} ${path}`, operation, path] as const;
const parametersOf = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

let api: Harness;
/** The names and ids of one app's things, by path parameter. */
let own: Record<string, string>;
let others: Record<string, string>;
let stranger: Owner;

/** What is told of something that this app does not have. */
const NOT_FOUND: Record<string, ErrorCode> = {
  appUserId: 'MEMBER_NOT_FOUND',
  targetAppUserId: 'MEMBER_NOT_FOUND',
  streamKeyId: 'STREAM_KEY_NOT_FOUND',
  videoRoomId: 'VIDEO_ROOM_NOT_FOUND',
  videoPostId: 'VIDEO_POST_NOT_FOUND',
  profileId: 'VIDEO_TRANSCODING_PROFILE_NOT_FOUND',
};

async function thingsOf(owner: Owner, friend: string): Promise<Record<string, string>> {
  const { knex, vault } = api;
  await newMember(knex, vault, owner.appId, friend);
  const roomId = await newRoom(knex, owner);
  const post = await ensureVideoPostOfRoom(knex, { appId: owner.appId, roomId });
  const [profile] = await knex('transcoding_profiles')
    .insert({ app_id: owner.appId, type: 'VIDEO', name: 'own', profile: '{}', revision: 1 })
    .returning<{ id: number }[]>('id');
  return {
    appUserId: owner.appUserId,
    targetAppUserId: friend,
    streamKeyId: String(owner.streamKeyId),
    videoRoomId: String(roomId),
    videoPostId: String(post.id),
    profileId: String(profile!.id),
  };
}

/** Every row of the other app that a request could have changed. */
async function rowsOfStranger(): Promise<unknown> {
  const tables = ['members', 'stream_keys', 'video_rooms', 'video_posts', 'allowed_members', 'events'];
  return Promise.all(
    tables.map((table) =>
      api.knex(table).where({ app_id: stranger.appId }).orderByRaw('1, 2, 3').select('*'),
    ),
  );
}

beforeAll(async () => {
  api = await Harness.start();
  stranger = await newOwner(api.knex, api.vault, 'zoe');
  own = await thingsOf(api.owner, 'bob');
  others = await thingsOf(stranger, 'yves');
});
afterAll(() => api.stop());

const filled = (path: string, values: Record<string, string>): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '999999999');

function send(operation: Operation, path: string, ask: Ask = {}): Promise<Reply> {
  const body = operation.body ? { body: operation.bodyExample ?? {} } : {};
  return api.get(path, { method: operation.method.toUpperCase(), ...body, ...ask });
}

/** Taken, or refused with one of our codes; never a fault of ours. */
function expectRefusedOrTaken(reply: Reply, what: unknown): void {
  const errorCode: unknown = reply.body?.errorCode;
  const fine = reply.status < 400 || (reply.status < 500 && isErrorCode(errorCode));
  expect({ what, fine, status: reply.status, errorCode }).toMatchObject({ what, fine: true });
}

const shapeOf = (schema: z.ZodType | undefined): string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];

describe('another app’s things are not there', () => {
  const cases = OPERATIONS.flatMap((one) =>
    parametersOf(one.path)
      .filter((name) => name in NOT_FOUND)
      .map((name) => [...named(one), name] as const),
  );
  it.each(cases)('%s', async (_name, operation, path, parameter) => {
    const before = await rowsOfStranger();
    const reply = await send(operation, filled(path, { ...own, [parameter]: others[parameter]! }));
    expectError(reply, 404, NOT_FOUND[parameter]!);
    expect(await rowsOfStranger()).toEqual(before);
  });
});

describe('paths', () => {
  const cases = OPERATIONS.filter(({ path }) => path.includes('{')).map(named);
  it.each(cases)('%s', async (_name, operation, path) => {
    for (const parameter of parametersOf(path)) {
      const replies = PATH_VALUES.map(async (value) => {
        const reply = await send(operation, filled(path, { ...own, [parameter]: value }));
        expectRefusedOrTaken(reply, { parameter, value });
        if (parameter.endsWith('Id') && parameter in NOT_FOUND) expect(reply.status).toBe(404);
      });
      await Promise.all(replies);
    }
  });
});

describe('queries', () => {
  const cases = OPERATIONS.filter(({ operation }) => operation.query).map(named);
  it.each(cases)('%s', async (_name, operation, path) => {
    for (const field of shapeOf(operation.query)) {
      const queries = [
        ...QUERY_VALUES.map((value) => `${field}=${value}`),
        `${field}=1&${field}=2`,
        `${field}[a]=1`,
      ];
      const replies = queries.map(async (query) =>
        expectRefusedOrTaken(await send(operation, `${filled(path, own)}?${query}`), query),
      );
      await Promise.all(replies);
    }
  });
});

describe('bodies', () => {
  const cases = OPERATIONS.filter(({ operation }) => ['post', 'put', 'patch'].includes(operation.method));
  it.each(cases.map(named))('%s takes no broken ones', async (_name, operation, path) => {
    // Nobody's things: whatever is taken for an empty body must not act.
    const nobody = filled(path, {});
    for (const raw of BROKEN_BODIES) {
      const reply = await send(operation, nobody, { body: undefined, raw });
      expectRefusedOrTaken(reply, raw);
      expect(reply.status).toBeGreaterThanOrEqual(400);
    }
  });

  it.each(cases.filter(({ operation }) => operation.body).map(named))(
    '%s takes no wrong fields',
    async (_name, operation, path) => {
      const example = (operation.bodyExample ?? {}) as object;
      for (const field of shapeOf(operation.body)) {
        const replies = FIELD_VALUES.map(async (value) => {
          const body = { ...example, [field]: value };
          expectRefusedOrTaken(await send(operation, filled(path, own), { body }), {
            field,
            value: JSON.stringify(value).slice(0, 40),
          });
        });
        await Promise.all(replies);
      }
    },
  );
});

it('nothing of this was a fault of ours', () => {
  expect(api.log.split('\n').filter((line) => line.includes('"a request failed"'))).toEqual([]);
});
