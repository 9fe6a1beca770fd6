import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RUN_FOLDER_VARIABLE } from './run-folder';

/** Gives this jest run a folder; the first suite that needs servers starts them and notes them there. */
export default function globalSetup(): void {
  process.env[RUN_FOLDER_VARIABLE] = mkdtempSync(join(tmpdir(), 'showrunner-run-'));
}
