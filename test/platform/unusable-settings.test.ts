import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/launch/ports';
import { reach } from '../../src/launch/reach';
import { createKnex } from '../../src/store/knex';
import { exitOf, forkAllInOne } from '../support/processes';

const PORTS = ['API_PORT', 'MEDIA_PORT', 'RTMP_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT'];
/** A Temporal that does not answer is waited for 10 s, and our own Postgres is started beside it. */
const TIMEOUT_MS = 60_000;

async function failedStart(env: Record<string, string>): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'showrunner-unusable-'));
  try {
    const ports = await Promise.all(PORTS.map(async (name) => [name, String(await freePort())]));
    const { child, output } = forkAllInOne({ DATA_DIR: dataDir, ...Object.fromEntries(ports), ...env });
    const closed = new Promise((done) => child.once('close', done));
    expect(await exitOf(child)).toBe(1);
    await closed;
    return output();
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

describe('a start names the setting that it can not use', () => {
  it.each([
    ['DATA_DIR', '/proc/somewhere', 'ENOENT'],
    ['DATA_DIR', '/proc/version/below', 'ENOTDIR'],
    ['DATA_DIR', '/proc/version', 'ENOTDIR'],
    ['STORAGE_DIR', '/proc/somewhere', 'ENOENT'],
  ])('%s %s: %s', async (name, path, why) => {
    const message = `${name}: "${path}" can not be made or written to (${why}), takes a folder`;
    expect(await failedStart({ [name]: path })).toContain(message);
  });

  it(
    'a database that nobody serves, without its password',
    async () => {
      const said = await failedStart({ DATABASE_URL: 'postgres://somebody:a-password@localhost:1/none' });
      expect(said).toMatch(/DATABASE_URL: Postgres at localhost:1\/none can not be used \(ECONNREFUSED/);
      expect(said).toContain('Start it or correct the setting');
      expect(said).not.toContain('a-password');
    },
    TIMEOUT_MS,
  );

  it('a database that takes the connection and says nothing', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => void sockets.add(socket));
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const url = `postgres://somebody:a-password@127.0.0.1:${(silent.address() as AddressInfo).port}/none`;
    const knex = createKnex(url);
    try {
      const said = reach('DATABASE_URL', url, async () => void (await knex.raw('select 1')));
      await expect(said).rejects.toThrow(
        /^DATABASE_URL: Postgres at [0-9.:]+\/none can not be used \(no answer in time\)\. Start it/,
      );
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
      await knex.destroy();
    }
  });

  it(
    'a Temporal that nobody serves',
    async () => {
      const said = await failedStart({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
      expect(said).toMatch(/TEMPORAL_ADDRESS: Temporal at 127\.0\.0\.1:1 can not be used \(\S/);
    },
    TIMEOUT_MS,
  );
});
