import { renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { appTokensContract } from '../../../src/api/contract/tokens';
import { loadConfig, type Config } from '../../../src/config';
import { readMasterKey } from '../../../src/launch/master-key';
import { createKnex } from '../../../src/store/knex';
import { Vault } from '../../../src/store/vault';
import { newOwner, type Owner } from '../../store/fixtures';
import { startProcesses, type ProgramName, type Processes } from '../../support/processes';
import { until } from '../../support/until';
import { roleVariable } from '../support/showrunner';
import { Caller, type Desk } from './caller';
import { Coverage } from './coverage';

/** Requests a minute: more than any table asks with its own app, and soon reached by who means to. */
export const MOST_REQUESTS_OF_AN_APP = 400;
export const MOST_REQUESTS_OF_A_MEMBER = 200;
const LIMITS = {
  RATE_LIMIT: 'on',
  RATE_LIMIT_APP_READS: String(MOST_REQUESTS_OF_AN_APP),
  RATE_LIMIT_APP_WRITES: String(MOST_REQUESTS_OF_AN_APP),
  RATE_LIMIT_MEMBER_READS: String(MOST_REQUESTS_OF_A_MEMBER),
  RATE_LIMIT_MEMBER_WRITES: String(MOST_REQUESTS_OF_A_MEMBER),
  // Every operation is tried with wrong credentials, from one address.
  RATE_LIMIT_FAILED_LOGINS: '5000',
};
const BACK_WITHIN_MS = 60_000;
/** Temporal is killed again before it can answer anybody: it needs twenty times this to start. */
const LOOK_FOR_LIFE_MS = 20;

/** One app, with nothing that it shares with others. */
export interface Tenant {
  owner: Owner;
  /** Its backend. */
  app: Caller;
  /** A member, registered where it is new, and logged in. */
  member(appUserId: string): Promise<Caller>;
  guest(): Promise<Caller>;
}

export const basic = (key: string, secret: string): string =>
  `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`;

/** A whole Showrunner, as `npm start` runs it, with as many apps as tables need. */
export class World {
  readonly coverage = new Coverage();
  private readonly desk: Desk;
  /** Without credentials. */
  readonly nobody: Caller;

  private constructor(
    readonly processes: Processes,
    readonly knex: Knex,
    readonly vault: Vault,
    readonly config: Config,
  ) {
    this.desk = { base: processes.addresses.api, coverage: this.coverage };
    this.nobody = this.as(null);
  }

  static async start(): Promise<World> {
    const processes = await startProcesses({ env: LIMITS });
    const knex = createKnex(roleVariable(processes.pid, 'DATABASE_URL'));
    const config = loadConfig({ ...process.env, ...processes.env });
    const masterKey = readMasterKey(config);
    if (!masterKey) throw new Error('a Showrunner without a master key');
    return new World(processes, knex, new Vault(masterKey), config);
  }

  async stop(): Promise<void> {
    await this.knex.destroy();
    await this.processes.remove();
  }

  /** `base`: another API than the one that runs. */
  as(authorization: string | null, base = this.desk.base): Caller {
    return new Caller({ ...this.desk, base }, authorization);
  }

  async tenant(): Promise<Tenant> {
    const owner = await newOwner(this.knex, this.vault);
    const app = this.as(basic(owner.apiKey, owner.apiSecret));
    const bearer = ({ accessToken }: { accessToken: string }) => this.as(`Bearer ${accessToken}`);
    return {
      owner,
      app,
      member: async (appUserId) =>
        bearer(await app.ok(appTokensContract.loginMember, { body: { appUserId } })),
      guest: async () => bearer(await app.ok(appTokensContract.loginAsGuest)),
    };
  }

  /** The key's state, read where it costs no request. */
  async keyIs(streamKeyId: number, state: string): Promise<void> {
    await this.rowIs('stream_keys', streamKeyId, { state });
  }

  async rowIs(table: string, id: number, columns: Record<string, string>): Promise<void> {
    await until(
      () =>
        this.knex(table)
          .where({ id, ...columns })
          .first('id'),
      {
        timeoutMs: BACK_WITHIN_MS,
        everyMs: 50,
        what: `${table} ${id} to be ${JSON.stringify(columns)}`,
      },
    );
  }

  /** SIGKILL; the supervisor starts it again. */
  kill(name: ProgramName): number | null {
    const pid = this.processes.pidOf(name);
    if (pid !== null) process.kill(pid, 'SIGKILL');
    return pid;
  }

  /** Postgres dies and does not come back, since a file of it is away, while `work` is done; then waits until all is back. */
  async whilePostgresIsDead(work: () => Promise<void>): Promise<void> {
    const control = join(this.processes.dataDir, 'postgres/cluster/global/pg_control');
    renameSync(control, `${control}.away`);
    try {
      const pid = this.kill('postgres');
      await until(() => this.processes.pidOf('postgres') !== pid, {
        timeoutMs: BACK_WITHIN_MS,
        what: 'Postgres to be dead',
      });
      await work();
    } finally {
      renameSync(`${control}.away`, control);
    }
    await this.ready();
  }

  /** Kills Temporal again and again, as one that crashes at each start, while `work` is done; then waits until all is back. */
  async whileTemporalIsDead(work: () => Promise<void>): Promise<void> {
    let killed = this.kill('temporal');
    const killer = setInterval(() => {
      const pid = this.processes.pidOf('temporal');
      if (pid !== null && pid !== killed) killed = this.kill('temporal');
    }, LOOK_FOR_LIFE_MS);
    try {
      await work();
    } finally {
      clearInterval(killer);
    }
    await this.ready();
  }

  /** All that the API needs answers. */
  async ready(): Promise<void> {
    await until(async () => (await fetch(`${this.processes.addresses.api}/readyz`)).status === 200, {
      timeoutMs: BACK_WITHIN_MS,
      everyMs: 100,
      what: 'the API to be ready',
    });
  }
}
