import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createIngest } from '../../../src/ingest/create-ingest';
import type { IngestServer } from '../../../src/ingest/ingest-server';
import type { IngestLimits } from '../../../src/ingest/limits';
import { createPlayback, type Playback, type PlaybackLimits } from '../../../src/playback';
import { StorageLayout } from '../../../src/storage/layout';
import { MemoryControlPlane, MemoryKeys } from '../../ingest/support/ports';
import { FeedMedia } from './feed-media';
import { OPEN_GATE } from '../../support/open-gate';

/** Both doors that strangers reach, on real sockets: the RTMP listener and the playback server, over real feeds. */
export interface FrontDoors {
  ingest: IngestServer;
  playback: Playback;
  media: FeedMedia;
  keys: MemoryKeys;
  control: MemoryControlPlane;
  rtmpPort: number;
  httpPort: number;
  /** Log lines of level error and above: each is an exception that nobody expected. */
  errors: string[];
  /** Of level warn. */
  warnings: string[];
  close(): Promise<void>;
}

const PINO_WARN = 40;
const PINO_ERROR = 50;
/** Of a fuzz run of hours. */
const MOST_WARNINGS = 1_000;

export async function openFrontDoors(
  limits: Partial<IngestLimits>,
  playbackLimits: Partial<PlaybackLimits> = {},
): Promise<FrontDoors> {
  const root = await mkdtemp(join(tmpdir(), 'showrunner-doors-'));
  const errors: string[] = [];
  const warnings: string[] = [];
  const write = (line: string): void => {
    const { level } = JSON.parse(line) as { level: number };
    if (level >= PINO_ERROR) errors.push(line);
    else if (level === PINO_WARN && warnings.length < MOST_WARNINGS) warnings.push(line);
  };
  const log = pino({ level: 'info' }, { write });
  const [keys, control, media] = [new MemoryKeys(), new MemoryControlPlane(), new FeedMedia()];
  const layout = new StorageLayout(root);
  const ingest = createIngest({
    config: { host: '127.0.0.1', port: 0, limits },
    ...{ nodeId: 'node1', layout, media, access: OPEN_GATE, log },
    ...{ keyResolver: keys, controlPlane: control },
    previewNameOf: (sessionId) => `preview-${sessionId}`,
  });
  const playback = createPlayback({
    ...{ host: '127.0.0.1', port: 0, layout, log, limits: playbackLimits },
    access: OPEN_GATE,
    media: { feed: (name) => media.feed(name), playlists: () => null },
  });
  const { port: rtmpPort } = await ingest.listen();
  const httpPort = await playback.listen();
  return {
    ...{ ingest, playback, media, keys, control, rtmpPort, httpPort, errors, warnings },
    close: async () => {
      await playback.close();
      await ingest.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
