import { ConfigError, loadConfig, type Config } from '../config';
import { createLogger, type Logger } from '../logger';

const EXIT_DONE = 0;
const EXIT_FAILED = 1;

/**
 * The frame of a job that does one thing and ends: exit code 0 when it is done, 1 when it failed, the reason on standard
 * error (settings) or in the log (everything else).
 */
export function runOnce(
  name: string,
  work: (context: { config: Config; log: Logger }) => Promise<void>,
): void {
  let config: Config;
  try {
    config = loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_FAILED);
  }
  const log = createLogger({ role: name, level: config.logLevel });
  work({ config, log }).then(
    () => process.exit(EXIT_DONE),
    (error: unknown) => {
      if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
      else log.fatal({ err: error }, 'failed');
      process.exit(EXIT_FAILED);
    },
  );
}
