import { z } from 'zod';
import { MEMBER_API } from '../../src/api/contract';
import type { Operation } from '../../src/api/contract/operation';
import { isErrorCode } from '../../src/domain/errors';
import { newMember, newOwner, newRoom, type Owner } from '../store/fixtures';
import { Harness, type Ask, type Reply } from './harness';
import { BROKEN_BODIES, FIELD_VALUES, PATH_VALUES, QUERY_VALUES } from './hostile/inputs';

/** Walks the published contract, so that what lands later is walked as well. */
const OPERATIONS = MEMBER_API.contracts
  .flatMap((contract): Operation[] => Object.values(contract))
  // A stream has a suite of its own; what is refused until it is built has nothing to break.
  .filter((operation) => !operation.stream && !operation.errors.includes('NOT_BUILT_YET'))
  .flatMap((operation) =>
    [operation.path, ...(operation.alsoAt ?? [])].map((path) => ({ operation, path: path as string })),
  );
const named = ({ operation, path }: (typeof OPERATIONS)[number]) =>
  [`${operation.method.toUpperCase()} ${path}`, operation, path] as const;
const parametersOf = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

let api: Harness;
let accessToken: string;
/** What is alice's, another member's, and another app's, by path parameter. */
let own: Record<string, string>;
let others: Record<string, string>;
let strangers: Record<string, string>;

/** A private room with its names; the room's channel has its id. */
async function roomOf(owner: Owner, member: { memberId: number; streamKeyId: number; appUserId: string }) {
  const id = await newRoom(api.knex, { ...owner, ...member });
  const [room] = await api
    .knex('video_rooms')
    .where({ id })
    .update({ access_level: 'PRIVATE' })
    .returning('uuid');
  const videoRoomId = String(id);
  return { videoRoomId, channelId: videoRoomId, uuid: room.uuid as string, appUserId: member.appUserId };
}

beforeAll(async () => {
  api = await Harness.start();
  const { knex, vault, owner } = api;
  const stranger = await newOwner(knex, vault, 'zoe');
  own = await roomOf(owner, owner);
  others = await roomOf(owner, await newMember(knex, vault, owner.appId, 'bob'));
  strangers = await roomOf(stranger, stranger);
  accessToken = (await api.post('/members/login', { body: { appUserId: 'alice' } })).body.accessToken;
});
afterAll(() => api.stop());

const filled = (path: string, values: Record<string, string>): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '999999999');

function send(operation: Operation, path: string, ask: Ask = {}): Promise<Reply> {
  const body = operation.body ? { body: operation.bodyExample ?? {} } : {};
  const authorization = { headers: { authorization: `Bearer ${accessToken}` } };
  const prefix = operation.openAt ?? MEMBER_API.prefix;
  const method = operation.method.toUpperCase();
  return api.ask(prefix + path, { method, as: null, ...authorization, ...body, ...ask });
}

/** Taken, or refused with one of our codes; never a fault of ours. */
function expectRefusedOrTaken(reply: Reply, what: unknown): void {
  const errorCode: unknown = reply.body?.errorCode;
  const fine = reply.status < 400 || (reply.status < 500 && isErrorCode(errorCode));
  expect({ what, fine, status: reply.status, errorCode }).toMatchObject({ what, fine: true });
}

const shapeOf = (schema: z.ZodType | undefined): string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];

async function rowsOf(roomId: string | undefined): Promise<unknown> {
  const [rooms, members, messages] = await Promise.all([
    api.knex('video_rooms').where({ id: roomId }),
    api.knex('channel_members').where({ channel_id: roomId }),
    api.knex('channel_messages').where({ channel_id: roomId }),
  ]);
  return { rooms, members, messages };
}

describe('what is not the member’s own', () => {
  const cases = OPERATIONS.filter(({ path }) => path.includes('{')).map(named);
  it.each(cases)('%s', async (_name, operation, path) => {
    // Whoever is not in a channel may leave it, and nothing happens.
    const harmless = path.endsWith('/leave') ? [204] : [];
    for (const [things, statuses] of [
      [others, [403, 404, ...harmless]],
      [strangers, [404]],
    ] as const) {
      const before = await rowsOf(things.videoRoomId);
      const reply = await send(operation, filled(path, { ...things, messageId: '1' }));
      expectRefusedOrTaken(reply, path);
      expect(statuses).toContain(reply.status);
      expect(await rowsOf(things.videoRoomId)).toEqual(before);
    }
  });
});

describe('paths and queries', () => {
  it.each(OPERATIONS.map(named))('%s', async (_name, operation, path) => {
    const paths = parametersOf(path).flatMap((parameter) =>
      PATH_VALUES.map((value) => filled(path, { ...own, [parameter]: value })),
    );
    const queries = shapeOf(operation.query).flatMap((field) =>
      [...QUERY_VALUES.map((value) => `${field}=${value}`), `${field}=1&${field}=2`].map(
        (query) => `${filled(path, own)}?${query}`,
      ),
    );
    const asked = [...paths, ...queries].map(async (it) =>
      expectRefusedOrTaken(await send(operation, it), it),
    );
    await Promise.all(asked);
  });
});

describe('bodies', () => {
  const cases = OPERATIONS.filter(({ operation }) => operation.body).map(named);
  it.each(cases)('%s', async (_name, operation, path) => {
    for (const raw of BROKEN_BODIES) {
      const reply = await send(operation, filled(path, {}), { body: undefined, raw });
      expectRefusedOrTaken(reply, raw);
      expect(reply.status).toBeGreaterThanOrEqual(400);
    }
    for (const field of shapeOf(operation.body)) {
      const asked = FIELD_VALUES.map(async (value) => {
        const body = { ...(operation.bodyExample as object | undefined), [field]: value };
        const what = { field, value: JSON.stringify(value).slice(0, 40) };
        expectRefusedOrTaken(await send(operation, filled(path, own), { body }), what);
      });
      await Promise.all(asked);
    }
  });
});

it('nothing of this was a fault of ours', () => {
  expect(api.log.split('\n').filter((line) => line.includes('"a request failed"'))).toEqual([]);
});
