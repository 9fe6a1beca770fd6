import { ConfigError } from '../config';
import { readMasterKey } from '../launch/master-key';
import { SETTINGS } from '../settings';
import { createApp } from '../store/apps';
import { createKnex } from '../store/knex';
import { Vault } from '../store/vault';
import { runOnce } from './one-shot';

/** What an app is called in lists. Anything readable; long enough for a company's name. */
const MAX_NAME_CHARACTERS = 100;
const [name = ''] = process.argv.slice(2);

/**
 * Makes a tenant: `create-app <name>`. Its credentials are written to standard output as one line of JSON, and exist
 * nowhere else: of the secret only a hash is kept.
 */
runOnce('create-app', async ({ config, log }) => {
  if (name.trim() === '' || name.length > MAX_NAME_CHARACTERS)
    throw new ConfigError([`Usage: create-app <name>, 1 to ${MAX_NAME_CHARACTERS} characters.`]);
  const masterKey = readMasterKey(config);
  if (!config.databaseUrl || !masterKey) {
    throw new ConfigError([
      ...(config.databaseUrl ? [] : [`DATABASE_URL: not set, takes ${SETTINGS.DATABASE_URL.takes}.`]),
      ...(masterKey ? [] : [`MASTER_KEY: not set, takes ${SETTINGS.MASTER_KEY.takes}.`]),
    ]);
  }
  const knex = createKnex(config.databaseUrl, { applicationName: 'showrunner-create-app', log });
  try {
    const credentials = await createApp(knex, new Vault(masterKey), { name: name.trim() });
    process.stdout.write(`${JSON.stringify(credentials)}\n`);
  } finally {
    await knex.destroy();
  }
});
