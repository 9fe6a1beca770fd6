import { createAskKey } from '../activities/ask-key';
import { createDeliverCallback } from '../activities/deliver-callback';
import { beatingWhenSlow } from '../activities/beating';
import type { AskActivities, CallbackActivities, MainActivities } from '../activities/types';
import { AddressPolicy } from '../callbacks/address-policy';
import { CALLBACK_CHANNEL } from '../domain/callbacks';
import { TASK_QUEUE_ASK, TASK_QUEUE_CALLBACKS, TASK_QUEUE_MAIN } from '../domain/ids';
import { createAdoptRows } from '../store/adopt-rows';
import { dueLines, overdueLines } from '../store/callback-deliveries';
import { createKnex } from '../store/knex';
import { Listener } from '../store/listener';
import { createRecordTransition } from '../store/record-transition';
import { createRotateStreamKey } from '../store/rotate-stream-key';
import { createUnfinishedRows } from '../store/unfinished-rows';
import { Vault } from '../store/vault';
import { CallbackWakes } from '../temporal/callback-wakes';
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
/** Attempts at once: they wait for receivers, not for us. */
const CALLBACK_SLOTS = 100;
/** They read and write a row before and after; apart from the pool that records transitions. */
const CALLBACK_CONNECTIONS = 5;
/** Lines of callbacks that are woken at once after a time without a connection; the reconciler wakes the rest. */
const MAX_OVERDUE_LINES = 10_000;

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
  const vault = new Vault(config.masterKey);
  const callbackKnex = createKnex(config.databaseUrl, {
    applicationName: 'showrunner-callbacks',
    poolMaxConnections: CALLBACK_CONNECTIONS,
  });
  const callbacks: CallbackActivities = {
    deliverCallback: createDeliverCallback({
      knex: callbackKnex,
      vault,
      policy: AddressPolicy.of({ host: config.host, ...config.callbacks }),
      firstRetryMs: config.callbacks.firstRetryMs,
      log,
    }),
  };
  const main: MainActivities = {
    recordTransition: beatingWhenSlow(createRecordTransition(knex)),
    adoptStreamKey: beatingWhenSlow(rows.adoptStreamKey),
    adoptVideoRoom: beatingWhenSlow(rows.adoptVideoRoom),
    rotateStreamKey: beatingWhenSlow(createRotateStreamKey(knex, vault)),
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
      {
        connection,
        namespace,
        taskQueue: TASK_QUEUE_CALLBACKS,
        activities: callbacks,
        slots: CALLBACK_SLOTS,
      },
    ],
    log,
  );
  failingWith(workers);
  const wakes = new CallbackWakes(
    client,
    {
      overdue: (overdueMs) => overdueLines(callbackKnex, overdueMs, MAX_OVERDUE_LINES),
      due: (lines) => dueLines(callbackKnex, lines),
    },
    log,
  );
  const listener = new Listener(config.databaseUrl, log);
  listener.subscribe(CALLBACK_CHANNEL, wakes);
  listener.start();
  const reconciler = new Reconciler(client, createUnfinishedRows(knex), log, (line) => wakes.wake(line));
  reconciler.start();
  return {
    stop: async () => {
      await listener.close();
      await reconciler.stop();
      await wakes.stop();
      await Promise.all(workers.map((worker) => worker.stop()));
      await connection.close();
      await client.connection.close();
      await Promise.all([knex.destroy(), callbackKnex.destroy()]);
    },
  };
});
