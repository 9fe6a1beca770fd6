import { pino, destination, type DestinationStream, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

/** Fields that hold secrets, by name. Redacting is the second line of defence: the first is not to log them. */
const SECRET_FIELDS = [
  'streamKey',
  'apiSecret',
  'authorization',
  'databaseUrl',
  'masterKey',
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'streamingToken',
  'uploadUrl',
  'callbackPassword',
  'DATABASE_URL',
  'MASTER_KEY',
];
/** At the top, and up to three levels below it. */
const SECRET_PATHS = SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]);

/**
 * A role's logger: one JSON object a line, on standard output unless `to` says otherwise.
 * Written at once, so that the last line before a crash is there as well.
 */
export function createLogger(options: { role: string; level: string }, to?: DestinationStream): Logger {
  return pino(
    {
      level: options.level,
      base: { role: options.role },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_PATHS, censor: '[secret]' },
      serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
    },
    to ?? destination({ dest: 1, sync: true }),
  );
}
