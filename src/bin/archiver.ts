import { createDeleteFiles } from '../activities/delete-files';
import { createArchiveFast, createArchiveSlow, type ArchiveParts } from '../activities/archive';
import { createPostsFast, createPostsSlow } from '../activities/posts';
import { TASK_QUEUE_ARCHIVE, TASK_QUEUE_ARCHIVE_FAST } from '../domain/ids';
import { StorageLayout } from '../storage/layout';
import { createKnex } from '../store/knex';
import { installRuntime } from '../temporal/runtime';
import { connectWorkers, startWorkers } from '../temporal/worker';
import { failingWith } from './failing';
import { runRole } from './role';

/** Playlists and rows only: a few milliseconds each, so a burst of ending shows is through at once. */
const FAST_SLOTS = 8;

runRole('archiver', async ({ config, log }) => {
  installRuntime(log, config.metricsPort);
  const knex = createKnex(config.databaseUrl, { applicationName: 'showrunner-archiver' });
  const { temporalAddress, temporalNamespace: namespace, ffmpegPath, ffprobePath } = config;
  const connection = await connectWorkers(temporalAddress);
  const parts: ArchiveParts = {
    knex,
    layout: new StorageLayout(config.storageDir),
    ffmpegPath,
    ffprobePath,
    log,
  };
  const workers = await startWorkers(
    [
      {
        connection,
        namespace,
        taskQueue: TASK_QUEUE_ARCHIVE_FAST,
        activities: { ...createArchiveFast(parts), ...createPostsFast(parts) },
        slots: FAST_SLOTS,
      },
      {
        connection,
        namespace,
        taskQueue: TASK_QUEUE_ARCHIVE,
        activities: {
          ...createArchiveSlow(parts),
          ...createPostsSlow(parts),
          ...createDeleteFiles(parts),
        },
        slots: config.archiveTranscodes,
      },
    ],
    log,
  );
  failingWith(workers);
  return {
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      await connection.close();
      await knex.destroy();
    },
  };
});
