import { Client, Connection } from '@temporalio/client';
import { ACCESS_CHANNEL, ChannelEvictions } from '../access';
import { createApi } from '../api/app';
import { EventStreams } from '../api/event-stream/event-streams';
import { listen } from '../api/listen';
import { ApiMetrics } from '../api/metrics';
import { IdempotencyStore } from '../store/idempotency';
import { createKnex } from '../store/knex';
import { Listener } from '../store/listener';
import { Vault } from '../store/vault';
import { CHANNEL_ARGS } from '../temporal/client';
import { TemporalPostCommands } from '../temporal/post-commands';
import { TemporalRoomCommands } from '../temporal/room-commands';
import { housekeeping } from './housekeeping';
import { runRole } from './role';

/** Connects when first needed: reads are answered without Temporal, also by an API that was started without it. */
const connectLazily = (address: string): Connection =>
  Connection.lazy({ address, channelArgs: CHANNEL_ARGS });

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
  const evictions = new ChannelEvictions({ knex, log });
  listener.subscribe(ACCESS_CHANNEL, evictions);
  listener.start();
  const guards = { rateLimits: config.rateLimits, trustProxy: config.trustProxy, metrics };
  const bases = config.publicBases;
  const posts = new TemporalPostCommands(client);
  const api = createApi({ knex, vault, commands, posts, bases, log, eventStreams, ...guards });
  const server = await listen(api, { host: config.host, port: config.ports.api });
  const keeping = housekeeping(knex, new IdempotencyStore(knex, vault), log);
  keeping.start();
  // A process may not live for an hour.
  void keeping.now();
  log.info({ host: config.host, port: server.port }, 'API listens');
  return {
    stop: async () => {
      // Streams would keep the server from closing.
      eventStreams.close();
      await Promise.all([listener.close(), evictions.close(), server.close(), keeping.stop()]);
      await Promise.all([connection.close(), knex.destroy()]);
    },
  };
});
