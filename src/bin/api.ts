import { Client, Connection } from '@temporalio/client';
import type { Knex } from 'knex';
import { createApi } from '../api/app';
import { listen } from '../api/listen';
import { ApiMetrics } from '../api/metrics';
import type { Logger } from '../logger';
import { IdempotencyStore } from '../store/idempotency';
import { createKnex } from '../store/knex';
import { purgeRefreshFamilies } from '../store/refresh-families';
import { Vault } from '../store/vault';
import { CHANNEL_ARGS } from '../temporal/client';
import { TemporalRoomCommands } from '../temporal/room-commands';
import { runRole } from './role';

/** Kept answers are deleted a day later, logins when they expire; an hour more or less does not matter. */
const PURGE_EVERY_MS = 60 * 60_000;
/** Connects when first needed: reads are answered without Temporal, also by an API that was started without it. */
const connectLazily = (address: string): Connection =>
  Connection.lazy({ address, channelArgs: CHANNEL_ARGS });

function purgeRegularly(knex: Knex, vault: Vault, log: Logger): NodeJS.Timeout {
  const store = new IdempotencyStore(knex, vault);
  return setInterval(() => {
    for (const [what, purge] of [
      ['idempotency keys', () => store.purge()],
      ['logins', () => purgeRefreshFamilies(knex)],
    ] as const)
      purge().catch((error: unknown) => log.warn({ err: error }, `could not delete old ${what}`));
  }, PURGE_EVERY_MS);
}

runRole('api', async ({ config, log }) => {
  const knex = createKnex(config.databaseUrl, { applicationName: 'showrunner-api', log });
  const vault = new Vault(config.masterKey);
  const metrics = new ApiMetrics(knex, config.metricsToken);
  const connection = connectLazily(config.temporalAddress);
  const client = new Client({ connection, namespace: config.temporalNamespace });
  const commands = new TemporalRoomCommands(client, config.publicBases);
  const guards = { rateLimits: config.rateLimits, trustProxy: config.trustProxy, metrics };
  const api = createApi({ knex, vault, commands, bases: config.publicBases, log, ...guards });
  const server = await listen(api, { host: config.host, port: config.ports.api });
  const purge = purgeRegularly(knex, vault, log);
  log.info({ host: config.host, port: server.port }, 'API listens');
  return {
    stop: async () => {
      clearInterval(purge);
      await server.close();
      await Promise.all([connection.close(), knex.destroy()]);
    },
  };
});
