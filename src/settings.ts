import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { isPathSafeId } from './domain/ids';

/** One environment variable: what it takes, in words, and what it means. docs/configuration.md is made of these. */
export interface Setting<S extends z.ZodType = z.ZodType> {
  schema: S;
  takes: string;
  /** The default as text; absent where the variable's absence has a meaning of its own, told in `about`. */
  standard?: string;
  about: string;
  /** Its value is never echoed, not even in an error. */
  secret?: boolean;
}

const setting = <S extends z.ZodType>(it: Setting<S>): Setting<S> => it;

const MAX_PORT = 65_535;
const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));

const port = (standard: number, about: string) =>
  setting({
    schema: wholeNumber(1, MAX_PORT).default(standard),
    takes: 'a port number, 1 to 65535',
    standard: String(standard),
    about,
  });

const count = (standard: number, min: number, max: number, about: string, standardText = String(standard)) =>
  setting({
    schema: wholeNumber(min, max).default(standard),
    takes: `a whole number, ${min} to ${max}`,
    standard: standardText,
    about,
  });

const MAX_PER_MINUTE = 100_000_000;
const perMinute = (standard: number, about: string) =>
  count(standard, 1, MAX_PER_MINUTE, `A minute: ${about}`);

/** Nobody guesses what is this long. */
const MIN_METRICS_TOKEN_CHARS = 16;

const oneOf = <const T extends readonly [string, ...string[]]>(
  values: T,
  standard: T[number],
  about: string,
) =>
  setting({
    schema: z.enum(values).default(standard as never),
    takes: `one of ${values.join(', ')}`,
    standard,
    about,
  });

const isUrlOf = (protocols: string[]) => (text: string) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && protocols.includes(url.protocol) && url.hostname !== '';
};

const publicBase = (protocol: 'http' | 'rtmp', portVariable: string) =>
  setting({
    schema: z
      .string()
      .refine(isUrlOf(protocol === 'http' ? ['http:', 'https:'] : ['rtmp:', 'rtmps:']))
      .transform((url) => url.replace(/\/+$/, ''))
      .optional(),
    takes: protocol === 'http' ? 'an http or https URL' : 'an rtmp or rtmps URL',
    about: `What players put before our paths, as seen from outside. Default: made of \`HOST\` and \`${portVariable}\`.`,
  });

const file = (about: string, standard: string) =>
  setting({
    schema: z.string().min(1).default(standard),
    takes: 'a path, or a name on PATH',
    standard,
    about,
  });

/** With boot and number behind it, a node's name must still make an id that paths take: 64 characters. */
const MAX_NODE_ID_CHARS = 38;

/** Some hundred networks. */
const MAX_NETWORKS_CHARACTERS = 4_096;

/** Bytes of the key that encrypts stream keys: AES-256. */
export const MASTER_KEY_BYTES = 32;
const isMasterKey = (text: string) =>
  /^[A-Za-z0-9+/]{43}=$/.test(text) && Buffer.from(text, 'base64').length === MASTER_KEY_BYTES;

/** As many as anybody stands behind, one after the other. */
const MAX_PROXIES = 9;
const PROXY_GROUPS = ['loopback', 'linklocal', 'uniquelocal'] as const;
const proxyAddress = z.union([z.enum(PROXY_GROUPS), z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);
const trustProxy = z.union([
  z.literal('off').transform(() => false as const),
  wholeNumber(1, MAX_PROXIES),
  z
    .string()
    .transform((list) => list.split(',').map((item) => item.trim()))
    .pipe(z.array(proxyAddress).min(1)),
]);

// A transcoding session (two renditions) keeps about one core busy; copied ones cost next to nothing.
const STANDARD_SESSIONS = Math.max(4, 4 * availableParallelism());
// Live packaging comes first on a shared machine; the archive gets half of it.
const STANDARD_TRANSCODES = Math.max(1, Math.floor(availableParallelism() / 2));

export const SETTINGS = {
  HOST: setting({
    schema: z.union([z.ipv4(), z.ipv6(), z.literal('localhost')]).default('127.0.0.1'),
    takes: 'an IP address, or localhost',
    standard: '127.0.0.1',
    about:
      'The address that API, playback and RTMP ingest listen on; `0.0.0.0` opens them to the network. The Postgres and Temporal that Showrunner starts itself stay on 127.0.0.1.',
  }),
  API_PORT: port(8080, 'Server API (HTTP).'),
  MEDIA_PORT: port(8081, 'Playback: HLS, DASH, HTTP-FLV and recordings (HTTP).'),
  RTMP_PORT: port(1935, 'RTMP: encoders publish here, RTMP viewers play here.'),
  TEMPORAL_PORT: port(7233, 'Temporal (gRPC), when Showrunner starts it.'),
  TEMPORAL_UI_PORT: port(8233, 'Temporal web UI, when Showrunner starts it.'),
  POSTGRES_PORT: setting({
    schema: wholeNumber(1, MAX_PORT).optional(),
    takes: 'a port number, 1 to 65535',
    about: 'Postgres, when Showrunner starts it. Default: any free port.',
  }),
  DATA_DIR: setting({
    schema: z.string().min(1).default('./data'),
    takes: 'a folder, made where it is missing',
    standard: './data',
    about: 'All that must survive a restart: databases, recordings, keys, logs. One Showrunner a folder.',
  }),
  STORAGE_DIR: setting({
    schema: z.string().min(1).optional(),
    takes: 'a folder, made where it is missing',
    about: 'Recordings and live segments. Default: `storage` below `DATA_DIR`.',
  }),
  DATABASE_URL: setting({
    schema: z
      .string()
      .refine(isUrlOf(['postgres:', 'postgresql:']))
      .optional(),
    takes: 'a postgres:// URL',
    about: 'An existing Postgres to use. Default: Showrunner starts one below `DATA_DIR`.',
    secret: true,
  }),
  TEMPORAL_ADDRESS: setting({
    schema: z
      .string()
      .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/]+):\d{1,5}$/)
      .optional(),
    takes: 'host:port',
    about:
      'An existing Temporal server to use. Default: Showrunner starts the one that `TEMPORAL_SERVER` names.',
  }),
  TEMPORAL_SERVER: oneOf(
    ['dev', 'cluster'],
    'dev',
    'The Temporal that Showrunner starts: the dev server of the Temporal CLI on a SQLite file, or a server with all four services on the Postgres that Showrunner starts too (`npm run start:cluster`). A data folder keeps the one that it began with.',
  ),
  TEMPORAL_NAMESPACE: setting({
    schema: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
      .default('showrunner'),
    takes: 'a Temporal namespace name',
    standard: 'showrunner',
    about: 'The Temporal namespace; made at start with 7 days of retention where it is missing.',
  }),
  TEMPORAL_CLI: setting({
    schema: z.string().min(1).optional(),
    takes: 'a path',
    about:
      'The Temporal CLI whose dev server is started. Default: `temporal` on PATH, then the one that `npm start` keeps in the cache folder.',
  }),
  NODE_ID: setting({
    schema: z.string().max(MAX_NODE_ID_CHARS).refine(isPathSafeId).default('media-1'),
    takes: `letters, digits and "-", at most ${MAX_NODE_ID_CHARS}, starting with a letter or digit`,
    standard: 'media-1',
    about:
      'The name of this media node; names its task queues, so it must differ from node to node and stay the same.',
  }),
  PUBLIC_HTTP_URL: publicBase('http', 'MEDIA_PORT'),
  PUBLIC_RTMP_URL: publicBase('rtmp', 'RTMP_PORT'),
  MASTER_KEY: setting({
    schema: z
      .string()
      .refine(isMasterKey)
      .transform((text) => Buffer.from(text, 'base64'))
      .optional(),
    takes: '32 bytes in base64',
    about:
      'Encrypts stream keys and hashes secrets; the same for all processes of an installation, for ever. Default: the file `master.key` in `DATA_DIR`, made at the first start.',
    secret: true,
  }),
  FFMPEG_PATH: file('The ffmpeg to run.', 'ffmpeg'),
  FFPROBE_PATH: file('The ffprobe to run.', 'ffprobe'),
  CALLBACK_ALLOWED_NETWORKS: setting({
    schema: z
      .string()
      .max(MAX_NETWORKS_CHARACTERS)
      .transform((text) => text.split(',').map((network) => network.trim()))
      .pipe(z.array(z.union([z.cidrv4(), z.cidrv6()])))
      .default([]),
    takes: 'networks as address/bits, separated by commas',
    about:
      'Networks that callbacks may be sent to beside public addresses, for example `10.1.0.0/16,fd00::/8`. Private, loopback, link-local and other special addresses are refused when connecting; loopback is open while `HOST` is loopback.',
  }),
  CALLBACK_FIRST_RETRY_MS: count(
    5_000,
    10,
    3_600_000,
    'The wait before a callback that failed is sent again, in milliseconds; each next wait is twice as long, up to an hour (or as long as Retry-After says), for 24 hours.',
  ),
  LOG_LEVEL: oneOf(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
    'info',
    'The least level that is written to `logs` below `DATA_DIR`.',
  ),
  MIN_FREE_DISK_MB: count(
    1024,
    0,
    100_000_000,
    'New publishes are refused while the disk of `STORAGE_DIR` has less than this free, in MiB.',
  ),
  MAX_SESSIONS: count(
    STANDARD_SESSIONS,
    1,
    10_000,
    'Publisher sessions that this media node carries at once; the next one is refused.',
    '4 a CPU core',
  ),
  ARCHIVE_TRANSCODES: count(
    STANDARD_TRANSCODES,
    1,
    64,
    'Archive transcodes that run at once in one archiver process.',
    'half of the CPU cores, at least 1',
  ),
  RATE_LIMIT: oneOf(
    ['on', 'off'],
    'on',
    'Whether the API limits requests a minute. Each API process counts for itself; the numbers below are for one.',
  ),
  RATE_LIMIT_APP_READS: perMinute(6_000, 'GET requests of one app, with its API key.'),
  RATE_LIMIT_APP_WRITES: perMinute(1_500, 'Other requests of one app, with its API key.'),
  RATE_LIMIT_MEMBER_READS: perMinute(600, 'GET requests of one member, with its access token.'),
  RATE_LIMIT_MEMBER_WRITES: perMinute(240, 'Other requests of one member, with its access token.'),
  RATE_LIMIT_FAILED_LOGINS: perMinute(
    100,
    'Wrong credentials or tokens from one address; further ones are answered 429. Right ones always pass.',
  ),
  TRUST_PROXY: setting({
    schema: trustProxy.default(false),
    takes: `off, the number of proxies in front (1 to ${MAX_PROXIES}), or their addresses: ${PROXY_GROUPS.join(', ')}, IPs and networks with commas between`,
    standard: 'off',
    about:
      'Whose X-Forwarded-For counts for the address of a client. Set it behind a proxy, or all clients share one address; leave it off without one, or every client says what it likes.',
  }),
  METRICS_TOKEN: setting({
    schema: z.string().min(MIN_METRICS_TOKEN_CHARS).max(1_024).optional(),
    takes: `a text of at least ${MIN_METRICS_TOKEN_CHARS} characters`,
    about:
      'What a scraper sends as Bearer to `/metrics` of the API. Default: none, and only this machine may read them.',
    secret: true,
  }),
  METRICS_PORT: setting({
    schema: wholeNumber(1, MAX_PORT).optional(),
    takes: 'a port number, 1 to 65535',
    about:
      'Where on 127.0.0.1 a worker, archiver or media process shows the metrics of its activities for Prometheus; `npm start` gives them this port and the next two, in this order. Default: nowhere.',
  }),
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export type SettingValues = { [N in SettingName]: z.output<(typeof SETTINGS)[N]['schema']> };
