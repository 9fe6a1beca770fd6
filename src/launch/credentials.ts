import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDemoApp, type DemoCredentials } from '../store/demo-app';
import { createKnex } from '../store/knex';
import { Vault } from '../store/vault';
import { writeSecretFile } from './secret-file';

const FILE_NAME = 'credentials.json';

function readKept(path: string): DemoCredentials | null {
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as DemoCredentials;
  } catch (cause) {
    throw new Error(
      `${path} is damaged. Remove it, and the next start makes a new secret for the demo app.`,
      { cause },
    );
  }
}

/**
 * The demo app's credentials and its member's present stream key, kept in credentials.json of the data folder (mode
 * 0600). The file is written again whenever something in it has changed, such as a stream key that was rotated.
 */
export async function keepDemoCredentials(options: {
  dataDir: string;
  databaseUrl: string;
  masterKey: Buffer;
}): Promise<DemoCredentials> {
  const path = join(options.dataDir, FILE_NAME);
  const kept = readKept(path);
  const knex = createKnex(options.databaseUrl, {
    applicationName: 'showrunner-start',
    poolMaxConnections: 1,
  });
  try {
    const present = await ensureDemoApp({ knex, vault: new Vault(options.masterKey), credentials: kept });
    const content = `${JSON.stringify(present, null, 2)}\n`;
    if (JSON.stringify(kept) !== JSON.stringify(present)) writeSecretFile(path, content);
    return present;
  } finally {
    await knex.destroy();
  }
}
