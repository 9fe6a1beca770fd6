import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';

const OWNER_ONLY = 0o600;

/** Writes a file whole and durably, readable by its owner only from its first byte on. */
export function writeSecretFile(path: string, content: string): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', OWNER_ONLY);
  try {
    // A file left by an interrupted write keeps the mode it had.
    fchmodSync(file, OWNER_ONLY);
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
