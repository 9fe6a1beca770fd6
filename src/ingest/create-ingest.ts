import type { Logger } from '../logger';
import type { MediaPlane } from '../media/contract';
import type { StorageLayout } from '../storage/layout';
import type { ControlPlane, KeyResolver, PlayGate } from './contract';
import { IngestServer } from './ingest-server';
import { DEFAULT_INGEST_LIMITS, type IngestLimits } from './limits';
import { Outbox } from './outbox';
import { PublishGate } from './publish-gate';
import type { SessionWorld } from './publisher-session';
import { SessionIds } from './session-ids';
import { IngestSessions } from './session-registry';

export interface IngestOptions {
  config: { host: string; port: number; limits?: Partial<IngestLimits> };
  nodeId: string;
  layout: StorageLayout;
  keyResolver: KeyResolver;
  controlPlane: ControlPlane;
  media: MediaPlane;
  access: PlayGate;
  /** The unguessable name of a session's preview. */
  previewNameOf: (sessionId: string) => string;
  log: Logger;
}

/** Wires the RTMP front door of one media node. Boot: `media.salvage()`, `announceSalvaged`, `listen`; stop: `close`. */
export function createIngest(options: IngestOptions): IngestServer {
  const { config, nodeId, layout, keyResolver, controlPlane, media, access, previewNameOf, log } = options;
  const limits = { ...DEFAULT_INGEST_LIMITS, ...config.limits };
  const outbox = new Outbox({ dir: layout.outboxDir(nodeId), controlPlane, log });
  const sessions = new IngestSessions();
  const world: SessionWorld = {
    media,
    limits,
    log,
    tell: (tell) => void outbox.put(tell),
    controlPlaneReachable: () => controlPlane.isReachable(),
    onAccepted: (session) => sessions.accepted(session),
    onLeft: (session) => sessions.left(session),
    onEnded: (session) => sessions.ended(session),
  };
  const ids = new SessionIds(nodeId, previewNameOf);
  const gate = new PublishGate({
    media,
    keyResolver,
    controlPlane,
    outbox,
    sessions,
    ids,
    world,
    limits,
    log,
  });
  return new IngestServer({
    host: config.host,
    port: config.port,
    limits,
    media,
    access,
    gate,
    outbox,
    sessions,
    log,
  });
}
