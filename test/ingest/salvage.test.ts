import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createIngest } from '../../src/ingest/create-ingest';
import type { IngestServer } from '../../src/ingest/ingest-server';
import type { SalvagedSession } from '../../src/media/contract';
import { StorageLayout } from '../../src/storage/layout';
import { RtmpClient } from '../support/rtmp-client';
import { MemoryControlPlane, MemoryKeys, MemoryMedia } from './support/ports';
import { KEY } from './support/stage';
import { OPEN_GATE } from '../support/open-gate';

const salvaged = (sessionId: string): SalvagedSession => ({
  ...{ sessionId, nodeId: 'node1', appId: 1, memberId: 7, streamKeyId: 70, keyVersion: 1, epoch: 6 },
  ...{ mode: 'RTMP', previewName: 'p', startedAt: '2026-01-01T00:00:00.000Z' },
  summary: { sessionId, reason: 'media_lost', durationMs: 5, bytes: 6 },
});

describe('a boot after a crash', () => {
  let root: string;
  beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'showrunner-salvage-'))));
  const booted: IngestServer[] = [];
  const clients: RtmpClient[] = [];
  afterEach(async () => {
    clients.splice(0).forEach((client) => client.destroy());
    await Promise.all(booted.splice(0).map((ingest) => ingest.close()));
    await rm(root, { recursive: true, force: true });
  });
  const boot = () => {
    const [keyResolver, controlPlane] = [new MemoryKeys(), new MemoryControlPlane()];
    keyResolver.add(KEY);
    const layout = new StorageLayout(root);
    const ingest = createIngest({
      config: { host: '127.0.0.1', port: 0, limits: { closeTellsMs: 10 } },
      ...{ nodeId: 'node1', layout, keyResolver, controlPlane, media: new MemoryMedia(), access: OPEN_GATE },
      previewNameOf: (sessionId) => `preview-${sessionId}`,
      log: pino({ level: 'silent' }),
    });
    booted.push(ingest);
    return { ingest, controlPlane };
  };

  test('tells each key media_lost before it listens', async () => {
    const { ingest, controlPlane } = boot();
    expect(await ingest.announceSalvaged([salvaged('old-1'), salvaged('old-2')])).toEqual({
      allDelivered: true,
    });
    const messages = ['old-1', 'old-2'].map((sessionId) => ({ sessionId, epoch: 6, reason: 'media_lost' }));
    expect(controlPlane.tells.map((tell) => tell.message)).toEqual(messages);
  });

  test('what an older boot could not tell comes first, then what salvage found, then the publish', async () => {
    const crashed = boot();
    crashed.controlPlane.takeTell = () => Promise.reject(new Error('away'));
    const { port } = await crashed.ingest.listen();
    (await RtmpClient.publishing(port, KEY)).destroy();
    await crashed.ingest.close();
    expect(await readdir(new StorageLayout(root).outboxDir('node1'))).toHaveLength(1);
    expect(crashed.controlPlane.tells).toEqual([]);

    const { ingest, controlPlane } = boot();
    await ingest.announceSalvaged([salvaged('old-1')]);
    const { port: nextPort } = await ingest.listen();
    clients.push(await RtmpClient.publishing(nextPort, KEY));
    expect(controlPlane.ends).toEqual([expect.stringMatching(/client_closed|shutdown/), 'media_lost']);
  });

  test('a taken port is told by its system error', async () => {
    const { ingest } = boot();
    const { port } = await ingest.listen();
    const second = createIngest({
      config: { host: '127.0.0.1', port },
      ...{ nodeId: 'node2', layout: new StorageLayout(root), keyResolver: new MemoryKeys() },
      ...{ controlPlane: new MemoryControlPlane(), media: new MemoryMedia(), log: pino({ level: 'silent' }) },
      access: OPEN_GATE,
      previewNameOf: (sessionId) => `preview-${sessionId}`,
    });
    booted.push(second);
    await expect(second.listen()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
