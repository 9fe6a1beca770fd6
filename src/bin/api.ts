import { Client, Connection } from '@temporalio/client';
import type { Knex } from 'knex';
import { createApi } from '../api/app';
import { EventStreams } from '../api/event-stream/event-streams';
import { listen } from '../api/listen';
import { ApiMetrics } from '../api/metrics';
import type { Logger } from '../logger';
import { IdempotencyStore } from '../store/idempotency';
import { createKnex } from '../store/knex';
import { Listener } from '../store/listener';
import { purgeMemberEvents } from '../store/member-events';
import { purgeRefreshFamilies } from '../store/refresh-families';
import { Vault } from '../store/vault';
import { CHANNEL_ARGS } from '../temporal/client';
import { TemporalPostCommands } from '../temporal/post-commands';
import { TemporalRoomCommands } from '../temporal/room-commands';
import { runRole } from './role';

/** Kept answers go after a day, logins when they expire, events of members after a week; an hour more does not matter. */
const PURGE_EVERY_MS = 60 * 60_000;
/** An event stream can be resumed for this long. */
const KEEP_MEMBER_EVENTS_MS = 7 * 24 * 60 * 60_000;
/** Connects when first needed: reads are answered without Temporal, also by an API that was started without it. */
const connectLazily = (address: string): Connection =>
  Connection.lazy({ address, channelArgs: CHANNEL_ARGS });

function purgeRegularly(knex: Knex, vault: Vault, log: Logger): NodeJS.Timeout {
  const store = new IdempotencyStore(knex, vault);
  return setInterval(() => {
    for (const [what, purge] of [
      ['idempotency keys', () => store.purge()],
      ['logins', () => purgeRefreshFamilies(knex)],
      ['events of members', () => purgeMemberEvents(knex, KEEP_MEMBER_EVENTS_MS)],
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
  const listener = new Listener(config.databaseUrl, log);
  const eventStreams = new EventStreams({ knex, vault, bases: config.publicBases, log });
  eventStreams.listen(listener);
  listener.start();
  const guards = { rateLimits: config.rateLimits, trustProxy: config.trustProxy, metrics };
  const bases = config.publicBases;
  const posts = new TemporalPostCommands(client);
  const api = createApi({ knex, vault, commands, posts, bases, log, eventStreams, ...guards });
  const server = await listen(api, { host: config.host, port: config.ports.api });
  const purge = purgeRegularly(knex, vault, log);
  log.info({ host: config.host, port: server.port }, 'API listens');
  return {
    stop: async () => {
      clearInterval(purge);
      // Streams would keep the server from closing.
      eventStreams.close();
      await Promise.all([listener.close(), server.close()]);
      await Promise.all([connection.close(), knex.destroy()]);
    },
  };
});
