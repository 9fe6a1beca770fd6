import { ConfigError } from '../config';
import { reach } from '../launch/reach';
import { SETTINGS } from '../settings';
import { migrateToLatest } from '../store/migrate';
import { prepareNamespace } from '../temporal/prepare-namespace';
import { runOnce } from './one-shot';

const needed = (name: 'DATABASE_URL' | 'TEMPORAL_ADDRESS') =>
  `${name}: not set, the migration takes ${SETTINGS[name].takes}.`;

/**
 * What must be true before a role starts, where nobody supervises (`npm start` does the same itself): our schema is the
 * newest one, and the Temporal namespace exists with its retention and search attributes. Safe to repeat, and to run from
 * several places at once. Needs no master key.
 */
runOnce('migrate', async ({ config, log }) => {
  const { databaseUrl, temporalAddress, temporalNamespace } = config;
  if (!databaseUrl || !temporalAddress) {
    throw new ConfigError([
      ...(databaseUrl ? [] : [needed('DATABASE_URL')]),
      ...(temporalAddress ? [] : [needed('TEMPORAL_ADDRESS')]),
    ]);
  }
  const ran = await reach('DATABASE_URL', databaseUrl, () => migrateToLatest(databaseUrl));
  log.info({ ran }, 'the schema is the newest one');
  await reach('TEMPORAL_ADDRESS', temporalAddress, () =>
    prepareNamespace(temporalAddress, temporalNamespace),
  );
  log.info({ namespace: temporalNamespace }, 'the namespace is prepared');
});
