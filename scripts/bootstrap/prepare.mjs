import { ensureBuild } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureFfmpeg } from './ffmpeg.mjs';
import { requireNode } from './node-version.mjs';
import { Stop } from './say.mjs';
import { ensureTemporal } from './temporal.mjs';
import { ensureTemporalServer } from './temporal-server.mjs';

/** Everything that a start, the tests and the demo need from a bare clone; what is there already takes no time. */
export async function prepare() {
  requireNode();
  await ensureDependencies();
  await ensureFfmpeg();
  const isCluster = process.env.TEMPORAL_SERVER === 'cluster' && !process.env.TEMPORAL_ADDRESS;
  await (isCluster ? ensureTemporalServer() : ensureTemporal());
  await ensureBuild();
}

/** Runs a script's main; what the user has to act on is told without a stack trace. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`\n${error instanceof Stop ? error.message : error.stack}\n`);
    process.exit(1);
  }
}
