import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JANITOR_VARIABLE, RUN_FOLDER_VARIABLE } from './run-folder';

/** Gives this jest run a folder; the first suite that needs servers starts them and notes them there. */
export default function globalSetup(): void {
  const folder = mkdtempSync(join(tmpdir(), 'showrunner-run-'));
  process.env[RUN_FOLDER_VARIABLE] = folder;
  const janitor = spawn(process.execPath, [join(__dirname, 'janitor.cjs'), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  process.env[JANITOR_VARIABLE] = String(janitor.pid);
  // Neither it nor its pipe may keep jest from ending.
  janitor.unref();
  (janitor.stdin as unknown as { unref(): void }).unref();
}
