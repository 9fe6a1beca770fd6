import { AddressPolicy } from '../../src/callbacks/address-policy';
import { testCallback } from '../../src/callbacks/test-callback';
import { loadConfig } from '../../src/config';
import { ApiClient } from '../../src/demo/api-client';
import { readMasterKey } from '../../src/launch/master-key';
import { rotateCallbackSecret } from '../../src/store/callback-settings';
import { createKnex } from '../../src/store/knex';
import { Vault } from '../../src/store/vault';
import { Show } from '../crash/support/show';
import { roleVariable } from '../e2e/support/showrunner';
import { startProcesses, type ProgramName, type Processes } from '../support/processes';
import { until } from '../support/until';
import { Receiver, type Arrival } from './support/receiver';

const within = { timeoutMs: 60_000 };
/** Attempts follow each other so fast that a receiver that is away for seconds misses several. */
const FIRST_RETRY_MS = 100;

let processes: Processes;
let receiver: Receiver;
let show: Show | null = null;

beforeAll(async () => {
  receiver = await Receiver.start();
  processes = await startProcesses({ env: { CALLBACK_FIRST_RETRY_MS: String(FIRST_RETRY_MS) } });
}, 120_000);
afterAll(async () => {
  await show?.encoder.stop();
  await processes.remove();
  await receiver.stop();
}, 60_000);

/** Of the demo's app: its receiver, a secret, and a first callback by hand. */
async function configure(): Promise<void> {
  const knex = createKnex(roleVariable(processes.pid, 'DATABASE_URL'));
  const vault = new Vault(readMasterKey(loadConfig(processes.env))!);
  try {
    const { appId } = processes.credentials;
    await knex('apps').where({ id: appId }).update({ callback_url: receiver.url });
    await rotateCallbackSecret(knex, vault, appId);
    const policy = AddressPolicy.of({ host: '127.0.0.1', allowedNetworks: [] });
    expect(await testCallback(knex, vault, appId, policy)).toMatchObject({ status: 200, error: null });
    expect(receiver.arrivals.splice(0)).toMatchObject([{ body: { type: 'CALLBACK_TEST' } }]);
  } finally {
    await knex.destroy();
  }
}

async function kill(name: ProgramName): Promise<void> {
  const pid = processes.pidOf(name)!;
  process.kill(pid, 'SIGKILL');
  await until(() => ![null, pid].includes(processes.pidOf(name)), { ...within, what: `${name} to be back` });
}

/** Arrivals by line, in the order in which they came. */
function lines(): Map<string, Arrival[]> {
  const found = new Map<string, Arrival[]>();
  for (const arrival of receiver.arrivals) {
    const { videoRoomId, streamKeyId, videoPostId } = arrival.body.data;
    const line = `room ${videoRoomId} key ${streamKeyId} post ${videoPostId}`;
    found.set(line, [...(found.get(line) ?? []), arrival]);
  }
  return found;
}

it('a receiver that is away for a while, through the death of worker and API, misses nothing', async () => {
  await configure();
  const api = new ApiClient(processes.addresses.api, processes.credentials);
  const urls: (string | null)[] = [];
  receiver.answer = async ({ body }) => {
    if (body.type === 'VIDEO_ROOM_LIVE') urls.push((await api.room(body.data.videoRoomId)).playUrl);
    return 200;
  };
  show = await Show.live(processes, 'RTMP');
  await until(() => urls.length > 0, { ...within, what: 'the callback of LIVE' });
  expect(urls).toEqual([expect.stringContaining('/live/')]);

  receiver.answer = () => 503;
  await show.encoder.stop();
  await show.becomes('LIVE_INACTIVE');
  const isRepeated = () =>
    receiver.arrivals.filter(({ body }) => body.type === 'VIDEO_ROOM_LIVE_INACTIVE').length > 1;
  await until(isRepeated, { ...within, what: 'a repeat' });
  await Promise.all([kill('worker'), kill('api')]);
  const before = receiver.arrivals.length;
  await until(() => receiver.arrivals.length > before, { ...within, what: 'a repeat of the new worker' });
  receiver.answer = () => 200;
  await show.endsArchived();
  await until(() => receiver.arrivals.some(({ body }) => body.type === 'VIDEO_ROOM_ARCHIVED'), {
    ...within,
    what: 'the callback of ARCHIVED',
  });
  await until(() => receiver.arrivals.some(({ body }) => body.type === 'VIDEO_POST_PROCESSED'), {
    ...within,
    what: 'the callback of PROCESSED',
  });

  expect(lines().size).toBe(3);
  for (const arrivals of lines().values()) {
    const firsts = new Map<number, string>();
    for (const { body } of arrivals) {
      expect(firsts.get(body.number) ?? body.id).toBe(body.id);
      firsts.set(body.number, body.id);
    }
    expect([...firsts.keys()]).toEqual(Array.from(firsts, (_it, at) => at + 1));
  }
}, 180_000);
