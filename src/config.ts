import { join, resolve } from 'node:path';
import { SETTINGS, type Setting, type SettingName, type SettingValues } from './settings';

/** A setting that can not be used. The text names the variable, what it got and what it takes. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

/** Everything that can be set from outside, checked and complete. See docs/configuration.md for the meanings. */
export interface Config {
  readonly host: string;
  readonly ports: {
    readonly api: number;
    readonly media: number;
    readonly rtmp: number;
    readonly temporal: number;
    readonly temporalUi: number;
    /** Null: any free one. */
    readonly postgres: number | null;
  };
  /** Absolute paths. */
  readonly dataDir: string;
  readonly storageDir: string;
  /** Null: the supervisor starts Postgres itself and tells the roles its address. */
  readonly databaseUrl: string | null;
  /** host:port. Null: the supervisor starts `temporalServer` itself. */
  readonly temporalAddress: string | null;
  readonly temporalServer: SettingValues['TEMPORAL_SERVER'];
  readonly temporalNamespace: string;
  readonly temporalCli: string | null;
  readonly nodeId: string;
  /** Public bases without a trailing slash; fits `PlaybackBases` of src/domain/playback-urls.ts. */
  readonly publicBases: { readonly http: string; readonly rtmp: string };
  /** Null: the file master.key of the data folder (`readMasterKey`). */
  readonly masterKey: Buffer | null;
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
  readonly callbacks: {
    /** As address/bits. */
    readonly allowedNetworks: readonly string[];
    readonly firstRetryMs: number;
  };
  readonly logLevel: SettingValues['LOG_LEVEL'];
  readonly minFreeDiskMb: number;
  readonly maxSessions: number;
  readonly archiveTranscodes: number;
  /** Requests a minute; null: no limits. Fits `RateLimits` of src/api/rate-limits.ts. */
  readonly rateLimits: {
    readonly appReads: number;
    readonly appWrites: number;
    readonly memberReads: number;
    readonly memberWrites: number;
    readonly failedLogins: number;
  } | null;
  /** Express' `trust proxy`. */
  readonly trustProxy: SettingValues['TRUST_PROXY'];
  /** Null: only this machine may read the API's metrics. */
  readonly metricsToken: string | null;
  /** Null: nowhere. */
  readonly metricsPort: number | null;
}

/** The settings of a role process: whoever started it has said where Postgres and Temporal are. */
export interface RoleConfig extends Config {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly masterKey: Buffer;
}

type Environment = Record<string, string | undefined>;

/** Longest value that an error message repeats. */
const MAX_ECHO_CHARS = 80;
const echo = (value: string) =>
  JSON.stringify(value.length > MAX_ECHO_CHARS ? `${value.slice(0, MAX_ECHO_CHARS)}…` : value);

function parseAll(env: Environment): SettingValues {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, it] of Object.entries<Setting>(SETTINGS)) {
    // An empty variable is how a shell or a compose file says "not set".
    const raw = env[name] === '' ? undefined : env[name];
    const parsed = it.schema.safeParse(raw);
    if (parsed.success) values[name] = parsed.data;
    else
      problems.push(
        `${name}: got ${it.secret ? 'a value (not shown)' : echo(raw ?? '')}, takes ${it.takes}.`,
      );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return values as SettingValues;
}

/** Host as it stands in a URL. A wildcard is no address, so URLs fall back to this machine. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function refuseSharedPorts(values: SettingValues): void {
  const names: SettingName[] = [
    'API_PORT',
    'MEDIA_PORT',
    'RTMP_PORT',
    'TEMPORAL_PORT',
    'TEMPORAL_UI_PORT',
    'POSTGRES_PORT',
  ];
  const owner = new Map<unknown, string>();
  const problems: string[] = [];
  for (const name of names) {
    const value = values[name];
    if (value === undefined) continue;
    const other = owner.get(value);
    if (other)
      problems.push(`${name}: got "${String(value)}", takes a port that ${other} does not have already.`);
    owner.set(value, name);
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

/** Its two databases and its account are made by a superuser, and its connections know no TLS: not for a server of somebody else. */
function refuseClusterElsewhere(values: SettingValues): void {
  if (values.TEMPORAL_SERVER !== 'cluster' || values.TEMPORAL_ADDRESS || !values.DATABASE_URL) return;
  throw new ConfigError([
    'TEMPORAL_SERVER: got "cluster" together with DATABASE_URL, takes it with our own Postgres only. ' +
      'For a Postgres of your own run Temporal yourself, and set TEMPORAL_ADDRESS.',
  ]);
}

const rateLimitsOf = (values: SettingValues): NonNullable<Config['rateLimits']> =>
  Object.freeze({
    appReads: values.RATE_LIMIT_APP_READS,
    appWrites: values.RATE_LIMIT_APP_WRITES,
    memberReads: values.RATE_LIMIT_MEMBER_READS,
    memberWrites: values.RATE_LIMIT_MEMBER_WRITES,
    failedLogins: values.RATE_LIMIT_FAILED_LOGINS,
  });

/**
 * Reads all settings once. The result is frozen; nothing else in the code reads the environment.
 * Throws `ConfigError` naming every bad variable at once.
 */
export function loadConfig(env: Environment): Config {
  const values = parseAll(env);
  refuseSharedPorts(values);
  refuseClusterElsewhere(values);
  const host = urlHost(values.HOST);
  const dataDir = resolve(values.DATA_DIR);
  return Object.freeze({
    host: values.HOST,
    ports: Object.freeze({
      api: values.API_PORT,
      media: values.MEDIA_PORT,
      rtmp: values.RTMP_PORT,
      temporal: values.TEMPORAL_PORT,
      temporalUi: values.TEMPORAL_UI_PORT,
      postgres: values.POSTGRES_PORT ?? null,
    }),
    dataDir,
    storageDir: values.STORAGE_DIR ? resolve(values.STORAGE_DIR) : join(dataDir, 'storage'),
    databaseUrl: values.DATABASE_URL ?? null,
    temporalAddress: values.TEMPORAL_ADDRESS ?? null,
    temporalServer: values.TEMPORAL_SERVER,
    temporalNamespace: values.TEMPORAL_NAMESPACE,
    temporalCli: values.TEMPORAL_CLI ?? null,
    nodeId: values.NODE_ID,
    publicBases: Object.freeze({
      http: values.PUBLIC_HTTP_URL ?? `http://${host}:${values.MEDIA_PORT}`,
      rtmp: values.PUBLIC_RTMP_URL ?? `rtmp://${host}:${values.RTMP_PORT}`,
    }),
    masterKey: values.MASTER_KEY ?? null,
    ffmpegPath: values.FFMPEG_PATH,
    ffprobePath: values.FFPROBE_PATH,
    callbacks: Object.freeze({
      allowedNetworks: Object.freeze([...values.CALLBACK_ALLOWED_NETWORKS]),
      firstRetryMs: values.CALLBACK_FIRST_RETRY_MS,
    }),
    logLevel: values.LOG_LEVEL,
    minFreeDiskMb: values.MIN_FREE_DISK_MB,
    maxSessions: values.MAX_SESSIONS,
    archiveTranscodes: values.ARCHIVE_TRANSCODES,
    rateLimits: values.RATE_LIMIT === 'off' ? null : rateLimitsOf(values),
    trustProxy: values.TRUST_PROXY,
    metricsToken: values.METRICS_TOKEN ?? null,
    metricsPort: values.METRICS_PORT ?? null,
  });
}

/** Narrows the settings to what a role process needs. Throws `ConfigError` for what is missing. */
export function requireRoleConfig(config: Config, masterKey: Buffer | null): RoleConfig {
  const problems: string[] = [];
  if (!config.databaseUrl)
    problems.push(`DATABASE_URL: not set, a role process takes ${SETTINGS.DATABASE_URL.takes}.`);
  if (!config.temporalAddress)
    problems.push(`TEMPORAL_ADDRESS: not set, a role process takes ${SETTINGS.TEMPORAL_ADDRESS.takes}.`);
  if (!masterKey)
    problems.push(`MASTER_KEY: not set and no master.key in DATA_DIR, takes ${SETTINGS.MASTER_KEY.takes}.`);
  const { databaseUrl, temporalAddress } = config;
  if (!databaseUrl || !temporalAddress || !masterKey) throw new ConfigError(problems);
  return Object.freeze({ ...config, databaseUrl, temporalAddress, masterKey });
}
