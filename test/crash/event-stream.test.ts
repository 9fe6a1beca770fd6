import type { Knex } from 'knex';
import { createKnex } from '../../src/store/knex';
import { roleVariable } from '../e2e/support/showrunner';
import { startProcesses, type ProgramName, type Processes } from '../support/processes';
import { until } from '../support/until';
import { LastingListener } from './support/lasting-listener';
import { Show, within, type Scheduled } from './support/show';

/** Between two messages of whoever talks while the show is on. */
const TALK_EVERY_MS = 20;

let processes: Processes;
let knex: Knex;
let show: Show | null = null;
let listener: LastingListener | null = null;
let talk: Talk | null = null;

beforeAll(async () => {
  processes = await startProcesses();
  knex = createKnex(roleVariable(processes.pid, 'DATABASE_URL'));
}, 120_000);
afterAll(async () => {
  await talk?.stop();
  await listener?.stop();
  await show?.encoder.stop();
  await knex.destroy();
  await processes.remove();
}, 60_000);

async function logIn(appUserId: string): Promise<{ accessToken: string; member: { id: number } }> {
  const { apiKey, apiSecret } = processes.credentials;
  const answer = await fetch(`${processes.addresses.api}/v2/apps/me/members/login`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ appUserId }),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as { accessToken: string; member: { id: number } };
}

function post(token: string, path: string, body: object = {}): Promise<Response> {
  return fetch(`${processes.addresses.api}/v2/members/me${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** Somebody who says numbers into the room's channel without a pause, also while nobody can take them. */
class Talk {
  /** Those that the API said yes to. */
  readonly taken: string[] = [];
  private readonly running: Promise<void>;
  private state: 'talking' | 'silent' = 'talking';

  constructor(token: string, roomId: number) {
    this.running = this.run(token, `/video-rooms/${roomId}/channel/messages`);
  }

  async stop(): Promise<void> {
    this.state = 'silent';
    await this.running;
  }

  private async run(token: string, path: string): Promise<void> {
    for (let number = 1; this.state === 'talking'; number += 1) {
      // An API that was killed takes nothing, and whether it had taken it nobody knows.
      const answer = await post(token, path, { message: String(number) }).catch(() => null);
      if (answer?.status === 204) this.taken.push(String(number));
      await new Promise((resolve) => setTimeout(resolve, TALK_EVERY_MS));
    }
  }
}

async function kill(name: ProgramName): Promise<void> {
  const pid = processes.pidOf(name)!;
  process.kill(pid, 'SIGKILL');
  await until(() => ![null, pid].includes(processes.pidOf(name)), { ...within, what: `${name} to be back` });
}

/** Cuts, and waits until the next connection hears something: each cut is one in the middle. */
async function cut(by: () => unknown = () => listener!.cut()): Promise<void> {
  const { connection } = listener!;
  await by();
  await until(() => listener!.hearsAfter(connection), { ...within, what: 'something after the cut' });
}

const times = async (count: number, act: () => Promise<void>): Promise<void> => {
  for (let i = 0; i < count; i += 1) await act();
};

const killPostgres = async (): Promise<void> => {
  const back = kill('postgres');
  listener!.cut();
  await back;
};

/** A whole show with twenty cuts: drop, return, end, recording. */
async function cutTwentyTimes(show: Show): Promise<void> {
  await times(5, cut);
  await show.encoder.stop();
  await cut();
  await show.becomes('LIVE_INACTIVE');
  await cut(() => kill('api'));
  show.encoder.resume();
  await cut();
  await show.becomes('LIVE');
  await cut(killPostgres);
  await show.becomes('LIVE');
  await cut(() => kill('api'));
  await times(8, cut);
  await cut(() => kill('api'));
  const ending = show.endsArchived();
  const isOver = () => listener!.received.some(({ data }) => data.customData?.videoRoomState === 'ENDED');
  await Promise.race([ending, until(isOver, { ...within, what: 'the end to be told' })]);
  listener!.cut();
  await ending;
}

/** The rows of the log that are addressed to a member who never left the room's channel; null while some have no number yet. */
async function addressed(memberId: number, roomId: number, after: number): Promise<string[] | null> {
  const rows = await knex('member_events')
    .where((mine) => mine.where({ member_id: memberId }).orWhere({ channel_id: roomId }))
    .andWhere((from) => from.whereNull('position').orWhere('position', '>', after))
    .orderBy('position')
    .select<{ position: number | null }[]>('position');
  return rows.some(({ position }) => position === null) ? null : rows.map(({ position }) => String(position));
}

/** The states of the whole record, as they are told to members; a room's first was before anybody could hear it. */
async function recorded(entity: 'streamKey' | 'videoRoom', id: number): Promise<string[]> {
  const rows = await knex('events')
    .where({ entity, entity_id: id })
    .andWhere('seq', '>', entity === 'videoRoom' ? 1 : 0)
    .orderBy('seq')
    .select<{ to_state: string }[]>('to_state');
  return rows.map(({ to_state }) => (to_state === 'ARCHIVED' ? 'ENDED' : to_state));
}

it('twenty cuts of one event stream, by the network, by deaths of the API and of Postgres, lose and double nothing', async () => {
  let scheduled!: Scheduled;
  let login!: Awaited<ReturnType<typeof logIn>>;
  let start = 0;
  show = await Show.live(processes, 'RTMP', async (it) => {
    scheduled = it;
    login = await logIn(it.appUserId);
    expect((await post(login.accessToken, `/video-rooms/${it.roomId}/channel/join`)).status).toBe(204);
    listener = new LastingListener(Number(new URL(processes.addresses.api).port), login.accessToken);
    start = await listener.start();
    talk = new Talk(login.accessToken, it.roomId);
  });
  const { roomId, streamKeyId } = scheduled;
  await cutTwentyTimes(show);
  await talk!.stop();

  const rows = await until(
    async () => {
      const all = await addressed(login.member.id, roomId, start);
      return all && all.at(-1) === listener!.received.at(-1)?.id && all;
    },
    { ...within, what: 'the last event' },
  );
  const { received, statuses, cuts } = listener!;
  expect(cuts).toBeGreaterThanOrEqual(20);
  expect(received.map(({ id }) => id)).toEqual(rows);
  expect(new Set(received.map(({ event }) => event))).toEqual(new Set(['message']));
  // Refused for a while, perhaps; never told that it may not.
  expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);

  const states = (type: string, field: string) =>
    received.flatMap(({ data }) => (data.customData?.type === type ? [data.customData[field]] : []));
  expect(states('STREAM_KEY', 'streamKeyState')).toEqual(await recorded('streamKey', streamKeyId));
  expect(states('VIDEO_ROOM', 'videoRoomState')).toEqual(await recorded('videoRoom', roomId));
  const said = received.flatMap(({ data }) => (data.message === null ? [] : [String(data.message)]));
  const heard = new Set(said);
  expect(talk!.taken.filter((number) => !heard.has(number))).toEqual([]);
  expect(talk!.taken.length).toBeGreaterThan(20);
}, 180_000);
