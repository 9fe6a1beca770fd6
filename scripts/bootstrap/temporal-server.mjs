import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { say, Stop, withProgress } from './say.mjs';
import { cacheFolder, goBuild, isExecutable, readRelease } from './tools.mjs';

const TOOL = 'temporal-server';
const release = readRelease(TOOL);

async function build(folder) {
  for (const [name, pkg] of Object.entries(release.programs))
    await withProgress(`go build ${name}`, (progress) => goBuild(TOOL, pkg, join(folder, name), progress));
}

/** Makes sure that a Temporal cluster can be started (src/launch/temporal/cluster/binaries.ts looks in the same place). */
export async function ensureTemporalServer() {
  const kept = join(cacheFolder(), release.cacheFolder);
  const isWhole = () => Object.keys(release.programs).every((name) => isExecutable(join(kept, name)));
  if (isWhole()) return say(`Temporal server: ${kept}.`);

  say(
    'Temporal server: building it with Go from tools/temporal-server (some 3 minutes on two cores, once per machine).',
  );
  mkdirSync(cacheFolder(), { recursive: true });
  const folder = mkdtempSync(join(cacheFolder(), 'getting-'));
  try {
    await build(folder);
    // Whole or not at all: another checkout may start at the same time, and the one that was faster has the same.
    if (!isWhole()) {
      rmSync(kept, { recursive: true, force: true });
      renameSync(folder, kept);
    }
    say(`Temporal server: kept in ${kept}.`);
  } catch (error) {
    throw new Stop(
      `${error.message}\nThe Temporal server could not be built. Go is needed for it (https://go.dev/dl). ` +
        'npm start runs on the dev server, temporal-docker/ on images; TEMPORAL_ADDRESS names a server of your own.',
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
