import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RUN_FOLDER_VARIABLE } from '../support/run-folder';
import { StorageLayout } from '../../src/storage/layout';
import { startProcesses, type Processes } from '../support/processes';
import { Backend } from './backend';
import { makeClip } from './clip';
import { Programs } from './programs';
import { Rows } from './rows';
import { SERVERS, type Servers, type ServersKind } from './servers';
import { Workflows } from './workflows';

/** Every room of a round transcodes or copies at once; the stock of two cores is 8. */
const MAX_SESSIONS = '64';

/** One Showrunner with everything that a run asks and breaks. */
export interface Stage {
  servers: Servers;
  processes: Processes;
  programs: Programs;
  backend: Backend;
  rows: Rows;
  workflows: Workflows;
  /** Of the media node's files. */
  layout: StorageLayout;
  clip: string;
  appId: number;
  /** A scheduled room and the key of its member, for questions while a part is away. */
  spare: { roomId: number; streamKey: string };
  ports: { media: number; rtmp: number };
  stop(): Promise<void>;
}

/** The supervisor with its roles, on a Postgres and a Temporal that the harness holds. */
export async function openStage(kind: ServersKind): Promise<Stage> {
  const start = SERVERS[kind];
  if (!start) throw new Error(`--temporal ${kind}: there is no such server here`);
  const folder = mkdtempSync(join(process.env[RUN_FOLDER_VARIABLE] ?? tmpdir(), 'showrunner-chaos-'));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  // Also where it is stopped by hand.
  process.once('exit', removeFolder);
  const clip = await makeClip(folder);
  const servers = await start();
  const processes = await startProcesses({
    env: {
      DATABASE_URL: servers.databaseUrl,
      TEMPORAL_ADDRESS: servers.temporalAddress,
      TEMPORAL_NAMESPACE: servers.temporalNamespace,
      MAX_SESSIONS,
    },
  });
  const rows = new Rows(servers.databaseUrl);
  const workflows = await Workflows.connect(servers.temporalAddress, servers.temporalNamespace);
  const backend = new Backend(processes.addresses.api, processes.credentials);
  const { room, key } = await backend.schedule('chaos-spare');
  return {
    servers,
    processes,
    programs: new Programs(processes),
    backend,
    rows,
    workflows,
    layout: new StorageLayout(join(processes.dataDir, 'storage')),
    clip,
    spare: { roomId: room.id, streamKey: key.streamKey },
    appId: processes.credentials.appId,
    ports: { media: Number(processes.env.MEDIA_PORT), rtmp: Number(processes.env.RTMP_PORT) },
    stop: async () => {
      await Promise.all([rows.close(), workflows.close()]);
      await processes.remove();
      await servers.stop();
      process.off('exit', removeFolder);
      removeFolder();
    },
  };
}
