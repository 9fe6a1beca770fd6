import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Knex } from 'knex';
import { freePort } from '../../src/launch/ports';
import { sendMessage } from '../../src/store/channel-messages';
import { findChannel, type ChannelDetails } from '../../src/store/channels';
import { joinChannel } from '../../src/store/channel-members';
import { createKnex } from '../../src/store/knex';
import { Vault } from '../../src/store/vault';
import { Tokens } from '../../src/tokens/tokens';
import { newMember, newOwner, newRoom } from '../store/fixtures';
import globalSetup from '../support/global-setup';
import globalTeardown from '../support/global-teardown';
import { runTool } from '../support/run-tool';
import { startStack } from '../support/stack';
import { until } from '../support/until';
import { residentKib } from './memory';
import { percentile } from './report/percentile';

/**
 * node -r ./scripts/support/ts-register.cjs test/bench/event-streams.ts, after `node scripts/build.mjs`: what a thousand open
 * event streams cost one `api` process, and how long after its commit an event is with all of them.
 */

const REPOSITORY = resolve(__dirname, '../..');
const STREAMS = 1_000;
const EVENTS = 20;
const OPENED_AT_ONCE = 50;
/** Joins of one channel happen one after the other; more at once would only wait for connections. */
const JOINED_AT_ONCE = 4;
const TIMEOUT_MS = 60_000;
const GOAL_MEMORY_MIB = 60;
const GOAL_DELIVERY_MS = 1_000;
const MASTER_KEY = Buffer.alloc(32, 7);

async function startApi(databaseUrl: string, dataDir: string): Promise<{ role: ChildProcess; port: number }> {
  const port = await freePort();
  const role = fork(join(REPOSITORY, 'dist/src/bin/api.js'), {
    cwd: REPOSITORY,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      // Nobody is there, and nobody is needed.
      TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
      MASTER_KEY: MASTER_KEY.toString('base64'),
      DATA_DIR: dataDir,
      API_PORT: String(port),
      LOG_LEVEL: 'warn',
      RATE_LIMIT: 'off',
    },
  });
  await once(role, 'message');
  return { role, port };
}

interface Reader {
  /** Messages seen. */
  seen: number;
  close(): void;
}

function read(port: number, token: string): Promise<Reader> {
  return new Promise((done, reject) => {
    const reader: Reader = { seen: 0, close: () => asked.destroy() };
    const headers = { authorization: `Bearer ${token}` };
    const asked = request({
      port,
      host: '127.0.0.1',
      path: '/v2/members/me/event-sources',
      headers,
      agent: false,
    });
    asked.once('error', reject);
    asked.once('response', (response) => {
      if (response.statusCode !== 200) return reject(new Error(`a stream answered ${response.statusCode}`));
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        reader.seen += chunk.split('\ndata: ').length - 1;
        done(reader);
      });
    });
    asked.end();
  });
}

async function inGroups<T, R>(all: readonly T[], size: number, work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < all.length; at += size)
    results.push(...(await Promise.all(all.slice(at, at + size).map(work))));
  return results;
}

interface Show {
  channel: ChannelDetails;
  tokens: string[];
}

/** A room that so many members have joined. */
async function prepare(knex: Knex, vault: Vault): Promise<Show> {
  const owner = await newOwner(knex, vault);
  const channel = await findChannel(knex, owner.appId, await newRoom(knex, owner));
  if (!channel) throw new Error('the room has no channel');
  const tokens = new Tokens({ knex, vault });
  const names = Array.from({ length: STREAMS }, (_, i) => `viewer${i}`);
  const minted = await inGroups(names, JOINED_AT_ONCE, async (name) => {
    const { memberId } = await newMember(knex, vault, owner.appId, name);
    await joinChannel(knex, channel, memberId, { customType: null, customData: null });
    return tokens.mintAccess({ appId: owner.appId, memberId, guest: false });
  });
  return { channel, tokens: minted };
}

async function memoryMib(role: ChildProcess): Promise<number> {
  const kib = (await residentKib([role.pid ?? 0])).get(role.pid ?? 0);
  if (kib === undefined) throw new Error('the api process is gone');
  return kib / 1_024;
}

/** Sends messages one by one; how long after each one's commit the last reader had it, in ms. */
async function deliveries(
  knex: Knex,
  channel: ChannelDetails,
  readers: readonly Reader[],
): Promise<number[]> {
  const times: number[] = [];
  for (let nth = 0; nth < EVENTS; nth += 1) {
    const before = readers.map(({ seen }) => seen);
    const message = { message: `message ${nth}`, customType: null, customData: null, recipients: null };
    await sendMessage(knex, channel, {
      origin: 'APP',
      type: 'MESSAGE',
      memberId: null,
      keep: true,
      ...message,
    });
    const committedAt = performance.now();
    const all = () => readers.every(({ seen }, i) => seen > (before[i] ?? 0));
    await until(all, { timeoutMs: TIMEOUT_MS, what: 'all to have the message', everyMs: 1 });
    times.push(performance.now() - committedAt);
  }
  return times;
}

async function measure(): Promise<void> {
  const stack = await startStack();
  const dataDir = mkdtempSync(join(tmpdir(), 'showrunner-bench-'));
  const knex = createKnex(stack.databaseUrl);
  const vault = new Vault(MASTER_KEY);
  const { role, port } = await startApi(stack.databaseUrl, dataDir);
  try {
    const { channel, tokens } = await prepare(knex, vault);
    // What the first stream brings once (code, connections) is not what a stream costs.
    const [first, ...rest] = tokens;
    const readers = [await read(port, first ?? '')];
    const beforeMib = await memoryMib(role);
    readers.push(...(await inGroups(rest, OPENED_AT_ONCE, (token) => read(port, token))));
    const openMib = await memoryMib(role);
    const times = await deliveries(knex, channel, readers);
    const afterMib = await memoryMib(role);
    const added = Math.max(openMib, afterMib) - beforeMib;
    const worst = Math.max(...times);
    console.log(
      `${STREAMS} streams: ${beforeMib.toFixed(0)} MiB before, ${openMib.toFixed(0)} open, ${afterMib.toFixed(0)} after`,
    );
    console.log(`added ${added.toFixed(0)} MiB (goal ${GOAL_MEMORY_MIB})`);
    console.log(
      `an event is with all after p50 ${percentile(times, 50).toFixed(0)} ms, worst ${worst.toFixed(0)} ms (goal ${GOAL_DELIVERY_MS})`,
    );
    for (const reader of readers) reader.close();
    process.exitCode = added <= GOAL_MEMORY_MIB && worst <= GOAL_DELIVERY_MS ? 0 : 1;
  } finally {
    role.kill('SIGTERM');
    await once(role, 'exit');
    await knex.destroy();
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

globalSetup();
void runTool(measure).finally(globalTeardown);
