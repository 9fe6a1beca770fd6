import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { AddressPolicy } from '../callbacks/address-policy';
import { ConfigError, loadConfig, type Config } from '../config';
import { readMasterKey } from '../launch/master-key';
import { findDatabase } from '../launch/own-database';
import { reach } from '../launch/reach';
import { OPERATOR_COMMANDS, usage } from '../operator/commands';
import { OperatorError } from '../operator/operator-error';
import { createKnex } from '../store/knex';
import { Vault } from '../store/vault';

const NOT_RUNNING =
  'Showrunner does not run on this DATA_DIR: start it, or set DATABASE_URL and MASTER_KEY to those of its roles.';

/** The first line of standard input. */
async function readLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  const [line] = (await Promise.race([once(lines, 'line'), once(lines, 'close')])) as [string?];
  lines.close();
  return line ?? '';
}

function installation(config: Config): { databaseUrl: string; masterKey: Buffer } {
  const databaseUrl = findDatabase(config);
  const masterKey = readMasterKey(config);
  if (!databaseUrl || !masterKey) throw new OperatorError(NOT_RUNNING);
  return { databaseUrl, masterKey };
}

async function main([name = '', ...args]: string[]): Promise<void> {
  const command = Object.hasOwn(OPERATOR_COMMANDS, name) ? OPERATOR_COMMANDS[name] : undefined;
  if (!command) throw new OperatorError(name === '' ? usage() : `there is no command "${name}"\n${usage()}`);
  const config = loadConfig(process.env);
  const { databaseUrl, masterKey } = installation(config);
  const knex = createKnex(databaseUrl, { applicationName: 'showrunner-app', poolMaxConnections: 1 });
  try {
    await reach('DATABASE_URL', databaseUrl, async () => void (await knex.raw('select 1')));
    await command.run(
      {
        knex,
        vault: new Vault(masterKey),
        policy: AddressPolicy.of({
          host: config.host,
          allowedNetworks: config.callbacks.allowedNetworks,
        }),
        say: (line) => void process.stdout.write(`${line}\n`),
        readLine,
      },
      args,
    );
  } finally {
    await knex.destroy();
  }
}

/** An operator is told a sentence, never a stack trace; only the usage has several lines. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isOurs = error instanceof OperatorError || error instanceof ConfigError;
  return isOurs ? error.message : (error.message.split('\n')[0] ?? error.name);
}

/** `npm run app`: apps and their settings, for operators. Exit code 0 when it is done, 1 when it is not. */
main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${sentenceOf(error)}\n`);
    process.exit(1);
  },
);
