import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createIngest } from '../../../src/ingest/create-ingest';
import type { IngestServer } from '../../../src/ingest/ingest-server';
import type { IngestLimits } from '../../../src/ingest/limits';
import { StorageLayout } from '../../../src/storage/layout';
import { MemoryControlPlane, MemoryKeys, MemoryMedia } from './ports';
import { OPEN_GATE } from '../../support/open-gate';

export const KEY = 'key0123456789abcdef';

/** A listening ingest with memory ports around it. */
export interface Stage {
  ingest: IngestServer;
  keys: MemoryKeys;
  control: MemoryControlPlane;
  media: MemoryMedia;
  layout: StorageLayout;
  port: number;
  /** All log lines so far. */
  logged: () => string;
  url: (streamName: string) => string;
  close: () => Promise<void>;
}

export async function openStage(limits: Partial<IngestLimits> = {}): Promise<Stage> {
  const root = await mkdtemp(join(tmpdir(), 'showrunner-ingest-'));
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const [keys, control, media] = [new MemoryKeys(), new MemoryControlPlane(), new MemoryMedia()];
  keys.add(KEY);
  const layout = new StorageLayout(root);
  const config = { host: '127.0.0.1', port: 0, limits };
  const ingest = createIngest({
    config,
    nodeId: 'node1',
    layout,
    keyResolver: keys,
    controlPlane: control,
    media,
    access: OPEN_GATE,
    previewNameOf: (sessionId) => `preview-${sessionId}`,
    log,
  });
  const { port } = await ingest.listen();
  return {
    ...{ ingest, keys, control, media, layout, port },
    logged: () => lines.join(''),
    url: (streamName) => `rtmp://127.0.0.1:${port}/live/${streamName}`,
    close: async () => {
      await ingest.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
