import { readFile } from 'node:fs/promises';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { StorageLayout } from '../../storage/layout';
import { replaceFile } from '../../storage/replace-file';
import type { BroadcastRef, SessionFacts, SessionSummary } from '../contract';

/** session.json: who the session is, the broadcast it feeds, and how it ended. Written at its start, so that a crash is seen. */
export interface SessionFile {
  facts: SessionFacts;
  broadcast: BroadcastRef | null;
  summary: SessionSummary | null;
}

/** Begins a session's folder. In one go, since its recorder needs the folder at once. Throws with the file system's error. */
export function createSessionFile(layout: StorageLayout, file: SessionFile): void {
  mkdirSync(layout.sessionDir(file.facts.sessionId), { recursive: true });
  writeFileSync(layout.sessionFacts(file.facts.sessionId), serialize(file), { flag: 'wx' });
}

/** Replaces it whole. */
export async function writeSessionFile(layout: StorageLayout, file: SessionFile): Promise<void> {
  await replaceFile(layout.sessionFacts(file.facts.sessionId), serialize(file));
}

/** Null for a session that was never here, or whose first write a crash cut short. */
export async function readSessionFile(layout: StorageLayout, sessionId: string): Promise<SessionFile | null> {
  try {
    return JSON.parse(await readFile(layout.sessionFacts(sessionId), 'utf8')) as SessionFile;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

const serialize = (file: SessionFile): string => `${JSON.stringify(file, null, 2)}\n`;
