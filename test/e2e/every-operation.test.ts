import { databaseBroken, mediaKilled, postgresKilled, temporalKilled } from './every-operation/away';
import { callFromElsewhere, hurry, knock, misask, repeat } from './every-operation/before-every-operation';
import { clockBehind } from './every-operation/clock-behind';
import { deliveries } from './every-operation/callbacks';
import { people } from './every-operation/people';
import { refusedFiles, videoPosts } from './every-operation/posts';
import { keysAndRooms, shows } from './every-operation/shows';
import { chats, talks } from './every-operation/talks';
import { World } from './every-operation/world';

/**
 * Issue 5, acceptance 1: every operation of both APIs, on all roles, a real Temporal and a real Postgres, with its success and
 * each error that it publishes. The contract itself says what that is, so an operation or an error more needs a case here.
 */
jest.setTimeout(240_000);

type Table = (world: World) => Promise<void>;

/** Each has an app of its own, so they go side by side. */
const TABLES: Readonly<Record<string, Table>> = {
  'members, their tokens and relations': people,
  'stream keys and rooms': keysAndRooms,
  broadcasts: shows,
  'video posts': videoPosts,
  'files that are no media': refusedFiles,
  channels: talks,
  chat: chats,
  callbacks: deliveries,
  'an API whose clock is behind': clockBehind,
};
/** Every operation each, and hundreds of requests: beside the tables, but one after the other. */
const FOR_ALL: Readonly<Record<string, Table>> = {
  'missing, wrong and expired credentials': knock,
  'requests that are wrong by themselves': misask,
  'repeated requests': repeat,
  'pages of elsewhere': callFromElsewhere,
  'too many requests': hurry,
};

let world: World;
/** Null: it held. */
const outcomes = new Map<string, Promise<unknown>>();

beforeAll(async () => {
  world = await World.start();
  const outcomeOf = (played: Promise<void>): Promise<unknown> =>
    played.then(
      () => null,
      (error: unknown) => error,
    );
  for (const [name, play] of Object.entries(TABLES)) outcomes.set(name, outcomeOf(play(world)));
  let before: Promise<unknown> = Promise.resolve();
  for (const [name, play] of Object.entries(FOR_ALL)) {
    before = before.then(() => outcomeOf(play(world)));
    outcomes.set(name, before);
  }
});
afterAll(() => world?.stop());

test.each([...Object.keys(TABLES), ...Object.keys(FOR_ALL)])('%s', async (name) => {
  const failure = await outcomes.get(name);
  if (failure) throw failure as Error;
});

// From here on nothing runs beside: what is killed is everybody's.
test('the media node killed: a broadcast ends, and another one is forced to', () => mediaKilled(world));
test('Temporal killed: what asks a workflow says so, and works again', () => temporalKilled(world));
test('the database broken: every operation says so', () => databaseBroken(world));
test('Postgres killed: every operation says so, and works again', () => postgresKilled(world));

test('no operation and no published error is without its case', () => {
  expect(world.coverage.missing()).toEqual([]);
});
