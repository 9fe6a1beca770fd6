import { execFile } from 'node:child_process';
import { cpus, loadavg, totalmem, arch, platform } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Stage } from '../stage';

const run = promisify(execFile);
const REPOSITORY = join(__dirname, '../../..');
const GIB = 1024 ** 3;

/** What a figure is worth only together with: where and on what it was measured. */
export async function describeRun(stage: Stage, temporal: string): Promise<string> {
  const { serverVersion } = await stage.temporal.connection.workflowService.getSystemInfo({});
  const { rows } = await stage.commits.postgres.query<{ server_version: string }>('show server_version');
  const { stdout: ffmpeg } = await run('ffmpeg', ['-version']);
  const commit = await run('git', ['rev-parse', '--short', 'HEAD'], { cwd: REPOSITORY }).then(
    ({ stdout }) => `commit ${stdout.trim()}`,
    // An unpacked archive has no history.
    () => 'no commit',
  );
  const cores = cpus();
  return [
    `${cores.length} × ${cores[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / GIB)} GiB, ${platform()} ${arch()}`,
    `load ${loadavg()[0]!.toFixed(1)} at the start`,
    `Node.js ${process.versions.node}`,
    `Temporal ${serverVersion} (${temporal})`,
    `Postgres ${rows[0]?.server_version.split(' ')[0] ?? 'unknown'}`,
    `ffmpeg ${/version (\S+)/.exec(ffmpeg)?.[1] ?? 'unknown'}`,
    commit,
  ].join(', ');
}
