import { NativeConnection, Worker } from '@temporalio/worker';
import { Pool } from 'pg';
import { FLOOR_QUEUE, type FloorActivities, type FloorPlace } from './place';

/** The floor's worker, a process of its own as ours are. Told over IPC where to work; ends with its parent. */

async function work(place: FloorPlace): Promise<void> {
  const pool = new Pool({ connectionString: place.databaseUrl });
  await pool.query('create table bench_floor (id bigserial primary key, at timestamptz not null)');
  const activities: FloorActivities = {
    insert: async () => void (await pool.query('insert into bench_floor (at) values (clock_timestamp())')),
  };
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address: place.temporalAddress }),
    namespace: place.namespace,
    taskQueue: FLOOR_QUEUE,
    workflowsPath: require.resolve('./workflow'),
    activities,
  });
  process.send!('ready');
  await worker.run();
}

process.once('message', (place: FloorPlace) => {
  work(place).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
process.once('disconnect', () => process.exit(0));
