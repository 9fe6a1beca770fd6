import { join } from 'node:path';
import type { Config } from '../config';
import { doneWithin } from '../deadline';
import type { DemoCredentials } from '../store/demo-app';
import { migrateToLatest } from '../store/migrate';
import { prepareNamespace } from '../temporal/prepare-namespace';
import { addressesOf, type Addresses } from './banner';
import { keepDemoCredentials } from './credentials';
import { LogFile } from './log-file';
import { makeFolder } from './make-folder';
import { ensureMasterKey } from './master-key';
import { PidFiles } from './pid-files';
import { freePort, requireFreePorts, type WantedPort } from './ports';
import { ensureCluster, SUPERUSER } from './postgres/cluster';
import { DATABASE, databaseUrl, ensureDatabase, postgresProgram, type OwnPostgres } from './postgres/program';
import { reach } from './reach';
import { ROLES, roleProgram, type Role } from './role-program';
import { Supervised, type Program } from './supervised';
import { startTemporal } from './temporal/start';
import { forTerminal, type Terminal } from './terminal';

const LOOPBACK = '127.0.0.1';
/** In the order of their ports. */
const WITH_METRICS_PORT: readonly Role[] = ['worker', 'archiver', 'media'];

/** All is stopped within 10 s: the roles side by side in this time, after it they are killed; */
const ROLES_STOP_DEADLINE_MS = 7_000;
/** then Temporal and Postgres, which have nothing left to do, in this. */
const SERVERS_STOP_DEADLINE_MS = 3_000;
/** A role's turn in the order; one that takes longer goes on beside the next. */
const ROLE_TURN_MS = 1_500;
/** A server's: a Temporal cluster takes up to 1.7 s, and writes to Postgres until then. */
const SERVER_TURN_MS = 2_000;

export interface Started {
  addresses: Addresses;
  demo: DemoCredentials;
}

/** Starts Postgres, Temporal and the roles, keeps them running, and stops them in reverse order. */
export class Supervisor {
  private readonly servers: Supervised[] = [];
  private readonly roles: Supervised[] = [];
  private readonly logs: LogFile[] = [];
  private readonly pidFiles: PidFiles;
  private stopping = false;

  constructor(
    private readonly config: Config,
    private readonly env: NodeJS.ProcessEnv,
    private readonly terminal: Terminal,
  ) {
    this.pidFiles = new PidFiles(join(config.dataDir, 'run'));
  }

  /** Rejects with the first thing that fails; `stop` then ends what was started. */
  async start(): Promise<Started> {
    const { config } = this;
    await this.pidFiles.endOrphans((name, pid) =>
      this.terminal.say(`Ending ${name} (pid ${pid}), left by a start that was killed`),
    );
    await requireFreePorts(this.ports());
    makeFolder('STORAGE_DIR', config.storageDir);
    const masterKey = ensureMasterKey(config);
    const postgres = config.databaseUrl ? Promise.resolve(null) : this.startPostgres();
    const [database, temporal] = await Promise.all([
      this.prepareDatabase(postgres),
      this.prepareTemporal(postgres),
    ]);
    const demo = await keepDemoCredentials({ dataDir: config.dataDir, databaseUrl: database, masterKey });
    await this.startRoles({
      ...this.env,
      DATA_DIR: config.dataDir,
      DATABASE_URL: database,
      TEMPORAL_ADDRESS: temporal,
      MASTER_KEY: masterKey.toString('base64'),
    });
    return { addresses: addressesOf(config, temporal), demo };
  }

  /** Stops everything in reverse order within 10 s, by force where it must. Safe twice. */
  async stop(): Promise<void> {
    this.stopping = true;
    await stopInTurn(this.roles, ROLES_STOP_DEADLINE_MS, ROLE_TURN_MS);
    await stopInTurn(this.servers, SERVERS_STOP_DEADLINE_MS, SERVER_TURN_MS);
    for (const log of this.logs.splice(0)) log.close();
  }

  /** The last resort, for a supervisor that dies itself: nothing may stay behind. Synchronous. */
  killAll(): void {
    for (const program of [...this.roles, ...this.servers]) program.killNow();
  }

  private ports(): WantedPort[] {
    const { host, ports, databaseUrl: ownDatabase, temporalAddress: ownTemporal } = this.config;
    const wanted: WantedPort[] = [
      { variable: 'API_PORT', port: ports.api, host },
      { variable: 'MEDIA_PORT', port: ports.media, host },
      { variable: 'RTMP_PORT', port: ports.rtmp, host },
    ];
    if (!ownTemporal) {
      wanted.push({ variable: 'TEMPORAL_PORT', port: ports.temporal, host: LOOPBACK });
      wanted.push({ variable: 'TEMPORAL_UI_PORT', port: ports.temporalUi, host: LOOPBACK });
    }
    if (!ownDatabase && ports.postgres)
      wanted.push({ variable: 'POSTGRES_PORT', port: ports.postgres, host: LOOPBACK });
    for (const role of WITH_METRICS_PORT) {
      const port = this.metricsPortOf(role);
      if (port !== null) wanted.push({ variable: 'METRICS_PORT', port, host: LOOPBACK });
    }
    return wanted;
  }

  private async prepareDatabase(postgres: Promise<OwnPostgres | null>): Promise<string> {
    const own = await postgres;
    if (own) await ensureDatabase(own.cluster, own.port, DATABASE, SUPERUSER);
    const url = own ? databaseUrl(own.cluster, own.port, DATABASE) : (this.config.databaseUrl ?? '');
    const migrate = () => migrateToLatest(url);
    const ran = await (own ? migrate() : reach('DATABASE_URL', url, migrate));
    if (ran.length > 0) this.terminal.say(`Postgres: ${ran.length} migration(s) ran`);
    return url;
  }

  private async startPostgres(): Promise<OwnPostgres> {
    const { config } = this;
    this.terminal.say('Postgres: starting our own (about 1 s; 3 s the first time)');
    const cluster = await ensureCluster(join(config.dataDir, 'postgres'), { sync: true });
    const port = config.ports.postgres ?? (await freePort());
    await this.launch(this.servers, postgresProgram(cluster, port, { sync: true }));
    return { cluster, port };
  }

  private async prepareTemporal(postgres: Promise<OwnPostgres | null>): Promise<string> {
    const { config, env } = this;
    const prepare = (address: string) => prepareNamespace(address, config.temporalNamespace);
    const given = config.temporalAddress;
    if (given) {
      await reach('TEMPORAL_ADDRESS', given, () => prepare(given));
      return given;
    }
    const address = await startTemporal({
      config,
      env,
      say: (text) => this.terminal.say(text),
      launch: (program) => this.launch(this.servers, program),
      postgres,
    });
    await prepare(address);
    return address;
  }

  /** Each role with metrics of its own at a port of its own: the API shows its at its own door. */
  private metricsPortOf(role: Role): number | null {
    const first = this.config.metricsPort;
    const at = WITH_METRICS_PORT.indexOf(role);
    return first === null || at < 0 ? null : first + at;
  }

  private async startRoles(env: NodeJS.ProcessEnv): Promise<void> {
    this.terminal.say(`Roles: starting ${ROLES.flat().join(', ')} (about 3 s)`);
    for (const together of ROLES) {
      await Promise.all(
        together.map((role) =>
          this.launch(
            this.roles,
            roleProgram(role, { ...env, METRICS_PORT: String(this.metricsPortOf(role) ?? '') }),
            (line) => forTerminal(role, line),
          ),
        ),
      );
    }
  }

  private async launch(
    group: Supervised[],
    program: Program,
    show?: (line: string) => string | null,
  ): Promise<void> {
    if (this.stopping) throw new Error('stopped during the start');
    const path = join(this.config.dataDir, 'logs', `${program.name}.log`);
    const log = new LogFile(path, (text) => this.terminal.say(text));
    this.logs.push(log);
    const supervised = new Supervised(program, {
      onLine: (line) => {
        log.write(line);
        const shown = show?.(line);
        if (shown) this.terminal.say(shown);
      },
      onNotice: (text) => this.terminal.say(text),
      onSpawn: (pid) => this.note(program, pid),
      onExit: () => this.pidFiles.remove(program.name),
    });
    group.push(supervised);
    await supervised.start();
  }

  /** Without its note a program still runs: on a full disk only the next start's look for left-overs misses it. */
  private note(program: Program, pid: number): void {
    try {
      this.pidFiles.write(program.name, pid, program.stopSignal);
    } catch (error) {
      this.terminal.say(`${program.name} (pid ${pid}) could not be noted: ${(error as Error).message}`);
    }
  }
}

/** Stops programs one after the other, last first; all of them within `deadlineMs`, by force where they must be. */
async function stopInTurn(programs: Supervised[], deadlineMs: number, turnMs: number): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  const stops: Promise<void>[] = [];
  for (const program of [...programs].reverse()) {
    const stop = program.stop(Math.max(0, deadline - Date.now()));
    stops.push(stop);
    await doneWithin(turnMs, stop);
  }
  await Promise.all(stops);
}
