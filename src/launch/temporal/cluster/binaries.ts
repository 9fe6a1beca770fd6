import { join } from 'node:path';
import { cacheFolder, isExecutable, readRelease } from '../tools';

/** The programs of a Temporal cluster, built from tools/temporal-server. */
export interface ClusterBinaries {
  server: string;
  sqlTool: string;
  ui: string;
}

interface Release {
  version: string;
  cacheFolder: string;
}

/** Finds them in the cache folder, which `npm run start:cluster` fills. Throws where they are not there. */
export function findClusterBinaries(env: NodeJS.ProcessEnv): ClusterBinaries {
  const release = readRelease<Release>('temporal-server');
  const at = (name: string) => join(cacheFolder(env), release.cacheFolder, name);
  const binaries = { server: at('temporal-server'), sqlTool: at('temporal-sql-tool'), ui: at('temporal-ui') };
  const missing = Object.values(binaries).find((path) => !isExecutable(path));
  if (!missing) return binaries;
  throw new Error(
    `There is no Temporal server ${release.version} at ${missing}. npm run start:cluster builds it (Go is needed).`,
  );
}
