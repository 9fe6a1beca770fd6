import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/until';
import { openSockets } from '../programs';
import type { Stage } from '../stage';
import { wrong, type Failure } from './failure';

/** Sockets of a peer that died are closed at once, ffmpegs flush for a moment; what stays longer, stays. */
const GONE_TIMEOUT_MS = 15_000;
/** The names of files that are being written: ours (segment-files.ts, write.ts) and those that are renamed when whole. */
const TEMPORARY = /\.(tmp|new|part|partial)$|^\.|\.tmp\./;

function filesOf(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function temporaryFiles(storage: string): string[] {
  return filesOf(storage).filter((path) => TEMPORARY.test(path.slice(path.lastIndexOf('/') + 1)));
}

const waitingTells = (storage: string): string[] =>
  filesOf(join(storage, 'nodes')).filter((path) => path.includes('/outbox/'));

/** After a round nothing is left of it: no ffmpeg, no connection, no file that was being written, no tell that waits. */
export async function checkLeftOvers(stage: Stage): Promise<Failure[]> {
  const storage = join(stage.processes.dataDir, 'storage');
  const looks: Record<string, () => (string | number)[]> = {
    'ffmpeg or ffprobe': () => stage.programs.tools(),
    'RTMP connections': () => Array(openSockets(stage.ports.rtmp)).fill('one'),
    'playback connections': () => Array(openSockets(stage.ports.media)).fill('one'),
    'temporary files': () => temporaryFiles(storage),
    'tells in the outbox': () => waitingTells(storage),
  };
  const failures: Failure[] = [];
  for (const [what, look] of Object.entries(looks)) {
    try {
      await until(() => look().length === 0, { timeoutMs: GONE_TIMEOUT_MS, what });
    } catch {
      failures.push(wrong(`left after the round: ${what}: ${look().join(', ')}`));
    }
  }
  return failures;
}
