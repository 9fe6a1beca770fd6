import { createAskKey } from '../activities/ask-key';
import { beatingWhenSlow } from '../activities/beating';
import type { AskActivities, MainActivities } from '../activities/types';
import { TASK_QUEUE_ASK, TASK_QUEUE_MAIN } from '../domain/ids';
import { createAdoptRows } from '../store/adopt-rows';
import { createKnex } from '../store/knex';
import { createRecordTransition } from '../store/record-transition';
import { createRotateStreamKey } from '../store/rotate-stream-key';
import { createUnfinishedRows } from '../store/unfinished-rows';
import { Vault } from '../store/vault';
import { connectClient } from '../temporal/client';
import { Reconciler } from '../temporal/reconciler';
import { installRuntime } from '../temporal/runtime';
import { connectWorkers, startWorkers } from '../temporal/worker';
import { runRole } from './role';
import { failingWith } from './failing';

/** Database writes at once: as many as the pool has connections, so that none waits with a slot in its hand. */
const MAIN_SLOTS = 20;
/** Questions to keys wait for the keys' own writes, hence a queue and slots of their own (research/temporal.md 12.1). */
const ASK_SLOTS = 100;

runRole('worker', async ({ config, log }) => {
  installRuntime(log, config.metricsPort);
  const knex = createKnex(config.databaseUrl, {
    applicationName: 'showrunner-worker',
    poolMaxConnections: MAIN_SLOTS,
  });
  const { temporalAddress: address, temporalNamespace: namespace } = config;
  const client = await connectClient({ address, namespace });
  const connection = await connectWorkers(address);
  const rows = createAdoptRows(knex);
  const main: MainActivities = {
    recordTransition: beatingWhenSlow(createRecordTransition(knex)),
    adoptStreamKey: beatingWhenSlow(rows.adoptStreamKey),
    adoptVideoRoom: beatingWhenSlow(rows.adoptVideoRoom),
    rotateStreamKey: beatingWhenSlow(createRotateStreamKey(knex, new Vault(config.masterKey))),
  };
  const ask: AskActivities = { askKey: createAskKey(client) };
  const workers = await startWorkers(
    [
      {
        connection,
        namespace,
        taskQueue: TASK_QUEUE_MAIN,
        activities: main,
        slots: MAIN_SLOTS,
        workflows: true,
      },
      { connection, namespace, taskQueue: TASK_QUEUE_ASK, activities: ask, slots: ASK_SLOTS },
    ],
    log,
  );
  failingWith(workers);
  const reconciler = new Reconciler(client, createUnfinishedRows(knex), log);
  reconciler.start();
  return {
    stop: async () => {
      await reconciler.stop();
      await Promise.all(workers.map((worker) => worker.stop()));
      await connection.close();
      await client.connection.close();
      await knex.destroy();
    },
  };
});
