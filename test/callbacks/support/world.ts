import type { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { Knex } from 'knex';
import { createDeliverCallback } from '../../../src/activities/deliver-callback';
import { AddressPolicy } from '../../../src/callbacks/address-policy';
import { CALLBACK_CHANNEL, type CallbackLine } from '../../../src/domain/callbacks';
import { callbackWorkflowId, TASK_QUEUE_CALLBACKS, TASK_QUEUE_MAIN } from '../../../src/domain/ids';
import { createLogger, type Logger } from '../../../src/logger';
import { dueLines, overdueLines } from '../../../src/store/callback-deliveries';
import {
  callbackIdColumn,
  callbackPasswordColumn,
  rotateCallbackSecret,
} from '../../../src/store/callback-settings';
import { createKnex } from '../../../src/store/knex';
import { Listener } from '../../../src/store/listener';
import { createRecordTransition } from '../../../src/store/record-transition';
import type { Vault } from '../../../src/store/vault';
import { CallbackWakes } from '../../../src/temporal/callback-wakes';
import { connectClient } from '../../../src/temporal/client';
import { installRuntime } from '../../../src/temporal/runtime';
import { connectWorkers, startWorkers, type RunningWorker } from '../../../src/temporal/worker';
import { newOwner, newRoom, newVault, roomTransition, type Owner } from '../../store/fixtures';
import { startStack, type Stack } from '../../support/stack';

const log: Logger = createLogger({ role: 'test', level: 'silent' });
installRuntime(log);

/** The part of a worker that delivers callbacks, on real Temporal and Postgres. */
export class CallbackWorld {
  readonly vault: Vault = newVault();
  private workers: RunningWorker[] = [];
  private listener: Listener | null = null;
  wakes!: CallbackWakes;

  private constructor(
    readonly stack: Stack,
    readonly knex: Knex,
    readonly client: Client,
    private readonly connection: NativeConnection,
    readonly firstRetryMs: number,
  ) {}

  static async start(firstRetryMs: number): Promise<CallbackWorld> {
    const stack = await startStack();
    const client = await connectClient({ address: stack.temporalAddress, namespace: stack.namespace });
    const connection = await connectWorkers(stack.temporalAddress);
    const world = new CallbackWorld(stack, createKnex(stack.databaseUrl), client, connection, firstRetryMs);
    await world.startWorkers();
    world.listen();
    return world;
  }

  private async startWorkers(): Promise<void> {
    const { connection, knex, vault, firstRetryMs } = this;
    const { namespace } = this.stack;
    const policy = AddressPolicy.of({ host: '127.0.0.1', allowedNetworks: [] });
    const activities = {
      deliverCallback: createDeliverCallback({ knex, vault, policy, firstRetryMs, log }),
    };
    const worker = { connection, namespace };
    this.workers = await startWorkers(
      [
        { ...worker, taskQueue: TASK_QUEUE_MAIN, workflows: true },
        { ...worker, taskQueue: TASK_QUEUE_CALLBACKS, activities },
      ],
      log,
    );
  }

  /** Hears of new callbacks from now on. */
  listen(): void {
    const lines = {
      overdue: (overdueMs: number) => overdueLines(this.knex, overdueMs, 100),
      due: (told: readonly CallbackLine[]) => dueLines(this.knex, told),
    };
    this.wakes = new CallbackWakes(this.client, lines, log);
    this.listener = new Listener(this.stack.databaseUrl, log);
    this.listener.subscribe(CALLBACK_CHANNEL, this.wakes);
    this.listener.start();
  }

  /** Hears of nothing, as between the death of a worker and the start of the next. */
  async stopListening(): Promise<void> {
    await this.listener?.close();
    await this.wakes.stop();
  }

  async stop(): Promise<void> {
    await this.stopListening();
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.connection.close();
    await this.client.connection.close();
    await this.knex.destroy();
    await this.stack.stop();
  }

  /** A new app whose callbacks go to `url`. */
  async owner(url: string | null): Promise<Owner & { secret: string }> {
    const owner = await newOwner(this.knex, this.vault);
    const { appId } = owner;
    await this.knex('apps')
      .where({ id: appId })
      .update({
        callback_url: url,
        callback_id: callbackIdColumn('backend'),
        callback_password_ciphertext: callbackPasswordColumn(this.vault, appId, 'open sesame'),
      });
    return { ...owner, secret: await rotateCallbackSecret(this.knex, this.vault, appId) };
  }

  newRoom(owner: Owner): Promise<number> {
    return newRoom(this.knex, owner);
  }

  /** The next transitions of a room: LIVE and LIVE_INACTIVE in turn. */
  async moves(owner: Owner, roomId: number, times: number, from = 1): Promise<void> {
    const record = createRecordTransition(this.knex);
    for (let number = from; number < from + times; number += 1) {
      const isLive = number % 2 === 1;
      await record(
        roomTransition(owner, roomId, {
          transitionNumber: number,
          type: isLive ? 'VIDEO_ROOM_LIVE' : 'VIDEO_ROOM_LIVE_INACTIVE',
          from: isLive ? 'LIVE_INACTIVE' : 'LIVE',
          to: isLive ? 'LIVE' : 'LIVE_INACTIVE',
        }),
      );
    }
  }

  /** How often the newest run of a line was woken. */
  async wakesOf(line: CallbackLine): Promise<number> {
    const { events } = await this.client.workflow.getHandle(callbackWorkflowId(line)).fetchHistory();
    return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
  }

  deliveries(roomId: number): Promise<any[]> {
    return this.knex('callback_deliveries')
      .where({ entity: 'videoRoom', entity_id: roomId })
      .orderBy('number');
  }
}
