import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFree, quietFreePort } from '../../ports';
import { writeSecretFile } from '../../secret-file';
import type { Program } from '../../supervised';
import { temporalAddress } from '../program';
import type { ClusterBinaries } from './binaries';
import {
  clusterConfig,
  dynamicConfig,
  SERVICES,
  uiConfig,
  type ClusterSql,
  type ServicePorts,
} from './config';

/** It answers 0.4 s after its start on an idle machine; a Postgres that is coming back itself takes longer. */
const START_TIMEOUT_MS = 60_000;
/** A port that was free may be taken by the time it listens. */
const START_ATTEMPTS = 3;

export interface ClusterOptions {
  binaries: ClusterBinaries;
  /** For the generated configuration; made where it is missing. */
  folder: string;
  sql: ClusterSql;
  /** Of the frontend: what clients and workers connect to. */
  port: number;
}

export interface ClusterUiOptions extends Pick<ClusterOptions, 'binaries' | 'folder' | 'port'> {
  uiPort: number;
  /** The one that it shows first. */
  namespace: string;
}

const asJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/**
 * The ports that only the services themselves use: the same at each restart while nobody else has taken one. Quiet ones,
 * also because Temporal's table of its members has no room for a port above 32767.
 */
class InnerPorts {
  private readonly kept = new Map<string, number>();

  private async port(name: string): Promise<number> {
    const kept = this.kept.get(name);
    if (kept && (await isFree(kept))) return kept;
    let fresh = await quietFreePort();
    while ([...this.kept.values()].includes(fresh)) fresh = await quietFreePort();
    this.kept.set(name, fresh);
    return fresh;
  }

  async take(frontend: number): Promise<ServicePorts> {
    const ports: Partial<ServicePorts> = {};
    for (const name of SERVICES) {
      const grpc = name === 'frontend' ? frontend : await this.port(`${name} grpc`);
      ports[name] = { grpc, membership: await this.port(`${name} membership`) };
    }
    return ports as ServicePorts;
  }
}

function start(binary: string, args: string[]) {
  return spawn(binary, args, {
    cwd: '/',
    env: { PATH: process.env.PATH },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A Temporal server on Postgres, all services in one process. */
export function clusterProgram({ binaries, folder, sql, port }: ClusterOptions): Program {
  const config = join(folder, 'server.yaml');
  const dynamic = join(folder, 'dynamic-config.yaml');
  const inner = new InnerPorts();
  return {
    name: 'temporal',
    prepare: async () => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(dynamic, asJson(dynamicConfig()));
      writeSecretFile(config, asJson(clusterConfig(sql, await inner.take(port), dynamic)));
    },
    spawn: () => start(binaries.server, ['--config-file', config, '--allow-no-auth', 'start']),
    ready: { line: /Frontend is now healthy/ },
    startTimeoutMs: START_TIMEOUT_MS,
    stopSignal: 'SIGTERM',
    startAttempts: START_ATTEMPTS,
  };
}

/** The web UI of the cluster. */
export function clusterUiProgram({ binaries, folder, port, uiPort, namespace }: ClusterUiOptions): Program {
  const environment = 'ui';
  return {
    name: 'temporal-ui',
    prepare: async () => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(
        join(folder, `${environment}.yaml`),
        asJson(uiConfig(uiPort, temporalAddress(port), namespace)),
      );
    },
    spawn: () => start(binaries.ui, ['--config', folder, '--env', environment, 'start']),
    ready: { line: /http server started/ },
    startTimeoutMs: START_TIMEOUT_MS,
    stopSignal: 'SIGTERM',
  };
}
