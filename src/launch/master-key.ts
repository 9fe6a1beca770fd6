import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, type Config } from '../config';
import { MASTER_KEY_BYTES } from '../settings';
import { writeSecretFile } from './secret-file';

const FILE_NAME = 'master.key';

/** The installation's key: MASTER_KEY, else the file of the data folder, else null. Throws `ConfigError` for a damaged file. */
export function readMasterKey(config: Config): Buffer | null {
  if (config.masterKey) return config.masterKey;
  const path = join(config.dataDir, FILE_NAME);
  if (!existsSync(path)) return null;
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64');
  if (key.length !== MASTER_KEY_BYTES) {
    throw new ConfigError([
      `MASTER_KEY: the file ${path} holds ${key.length} bytes, takes ${MASTER_KEY_BYTES} in base64.`,
    ]);
  }
  return key;
}

/** As `readMasterKey`, making the file (mode 0600) at the first start. */
export function ensureMasterKey(config: Config): Buffer {
  const existing = readMasterKey(config);
  if (existing) return existing;
  const key = randomBytes(MASTER_KEY_BYTES);
  writeSecretFile(join(config.dataDir, FILE_NAME), `${key.toString('base64')}\n`);
  return key;
}
