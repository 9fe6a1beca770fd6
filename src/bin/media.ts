import { stat } from 'node:fs/promises';
import { createAccess, type MediaPresence } from '../access';
import { createControl } from '../activities/control';
import { createLease } from '../activities/lease';
import type { RoleConfig } from '../config';
import { mediaControlQueue, mediaLeaseQueue } from '../domain/ids';
import { createIngest } from '../ingest/create-ingest';
import type { Logger } from '../logger';
import { createMediaPlane, type LocalMediaPlane } from '../media/plane';
import { createPlayback } from '../playback';
import { StorageLayout } from '../storage/layout';
import { createUploads } from '../store/upload-books';
import { createKeyResolver } from '../store/key-resolver';
import { createKnex } from '../store/knex';
import { Vault } from '../store/vault';
import { connectClient } from '../temporal/client';
import { TemporalControlPlane } from '../temporal/control-plane';
import { installRuntime } from '../temporal/runtime';
import { connectWorkers, startWorkers, type WorkerSpec } from '../temporal/worker';
import { Tokens } from '../tokens/tokens';
import { failingWith } from './failing';
import { runRole } from './role';
import { uploadSweep } from './upload-sweep';

/** A lease waits all its session long and costs nothing: what a node carries is decided at publish, not by slots. */
const LEASE_SLOTS_PER_SESSION = 2;
const CONTROL_SLOTS = 50;
const BYTES_PER_MB = 1024 * 1024;

function createParts(config: RoleConfig, log: Logger, controlPlane: TemporalControlPlane) {
  const layout = new StorageLayout(config.storageDir);
  const vault = new Vault(config.masterKey);
  const knex = createKnex(config.databaseUrl, { applicationName: 'showrunner-media', log });
  const media = createMediaPlane({
    layout,
    ffmpegPath: config.ffmpegPath,
    limits: { minFreeDiskBytes: config.minFreeDiskMb * BYTES_PER_MB, maxSessions: config.maxSessions },
    log,
  });
  const tokens = new Tokens({ knex, vault });
  const access = createAccess({
    ...{ knex, vault, log, databaseUrl: config.databaseUrl },
    verify: (token) => tokens.verifyStreaming(token),
    media: presenceOf(media, layout),
  });
  const ingest = createIngest({
    config: { host: config.host, port: config.ports.rtmp },
    nodeId: config.nodeId,
    layout,
    keyResolver: createKeyResolver(knex, vault),
    controlPlane,
    media,
    access: access.gate,
    previewNameOf: vault.previewName,
    log,
  });
  const hasRoom = () => media.admission() !== 'DISK_FULL';
  const uploads = { ...createUploads(knex, vault), hasRoom };
  const playback = createPlayback({
    ...{ host: config.host, port: config.ports.media, media, layout, uploads, log },
    access: access.gate,
    publicBase: config.publicBases.http,
  });
  const sweep = uploadSweep(knex, layout, log);
  return { knex, media, access, ingest, playback, sweep };
}

/** What is here under a name: all else is not looked up in the database. */
const presenceOf = (media: LocalMediaPlane, layout: StorageLayout): MediaPresence => ({
  isPreview: (name) => media.isPreview(name),
  has: (kind, name) =>
    kind === 'live'
      ? media.feed(name) !== null || media.playlists(name) !== null
      : stat(layout.vodDir(name)).then(
          (it) => it.isDirectory(),
          (error: NodeJS.ErrnoException) => {
            if (error.code === 'ENOENT') return false;
            throw error;
          },
        ),
});

runRole('media', async ({ config, log }) => {
  installRuntime(log, config.metricsPort);
  const { temporalAddress: address, temporalNamespace: namespace, nodeId, maxSessions } = config;
  const client = await connectClient({ address, namespace });
  const controlPlane = new TemporalControlPlane(client, log);
  const { knex, media, access, ingest, playback, sweep } = createParts(config, log, controlPlane);

  // First what an older boot left, then the queues, then the doors: an encoder that returns finds its key told.
  await ingest.announceSalvaged(await media.salvage());
  const parts = { registry: ingest.sessions, media };
  const connection = await connectWorkers(address);
  const queue = (taskQueue: string, activities: object, slots: number): WorkerSpec => ({
    ...{ connection, namespace, taskQueue, activities, slots },
  });
  const workers = await startWorkers(
    [
      queue(
        mediaLeaseQueue(nodeId),
        { packageStream: createLease(parts) },
        maxSessions * LEASE_SLOTS_PER_SESSION,
      ),
      queue(mediaControlQueue(nodeId), createControl(parts), CONTROL_SLOTS),
    ],
    log,
  );
  failingWith(workers);
  access.start();
  await playback.listen();
  await ingest.listen();
  sweep.start();
  void sweep.now();

  return {
    // Encoders first: their tells and leases need the line to Temporal; viewers next; files last.
    stop: async () => {
      await Promise.all([ingest.close(), sweep.stop()]);
      await Promise.all([playback.close(), ...workers.map((worker) => worker.stop())]);
      await access.close();
      await media.close();
      controlPlane.close();
      await connection.close();
      await Promise.all([client.connection.close(), knex.destroy()]);
    },
  };
});
