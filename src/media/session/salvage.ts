import { readdir, rm, stat } from 'node:fs/promises';
import type { Logger } from '../../logger';
import type { StorageLayout } from '../../storage/layout';
import type { SalvagedSession, SessionSummary } from '../contract';
import { truncateToLastCompleteTag } from '../flv';
import { closeUnfinished } from './close-unfinished';
import { readSessionSegments } from './read-segments';
import { readSessionFile, writeSessionFile, type SessionFile } from './session-file';
import type { BroadcastTimeline } from '../timeline/broadcast-timeline';

/** A preview that never went live is kept a day (design.md section 7). */
const PREVIEW_KEEP_MS = 24 * 3_600_000;

/** Closes a session that a dead process left open: its recording is cut to whole tags, its index told to its broadcast. */
export async function salvageSession(
  layout: StorageLayout,
  file: SessionFile,
  timelineOf: (playbackName: string) => Promise<BroadcastTimeline | null>,
  log: Logger,
): Promise<SalvagedSession> {
  const { facts, broadcast } = file;
  const { durationMs, bytes } = await salvageRecording(layout.rawRecording(facts.sessionId));
  try {
    await closeUnfinished(layout, facts.sessionId);
  } catch (error) {
    // At worst the last two seconds are missing from the packaged recording; the raw one has them.
    log.error({ err: error, sessionId: facts.sessionId }, 'the unfinished segment could not be closed');
  }
  const timeline = broadcast && (await timelineOf(broadcast.playbackName));
  if (timeline && !timeline.ended) {
    for (const { part, segment } of await readSessionSegments(layout, facts.sessionId))
      await timeline.add(part, segment);
    await timeline.drop(new Date().toISOString());
  }
  const summary: SessionSummary = { sessionId: facts.sessionId, reason: 'media_lost', durationMs, bytes };
  await writeSessionFile(layout, { ...file, summary });
  return { ...facts, summary };
}

/** Each session folder's file; folders whose first write a crash cut short, and old previews, are removed on the way. */
export async function* sessionFiles(layout: StorageLayout, log: Logger): AsyncGenerator<SessionFile> {
  for (const sessionId of await entries(layout.sessionsDir())) {
    try {
      const file = await readSessionFile(layout, sessionId);
      if (!file || (await isOldPreview(layout, file)))
        await rm(layout.sessionDir(sessionId), { recursive: true, force: true });
      else yield file;
    } catch (error) {
      log.error({ err: error, sessionId }, 'a session folder can not be read');
    }
  }
}

async function isOldPreview(
  layout: StorageLayout,
  { facts, broadcast, summary }: SessionFile,
): Promise<boolean> {
  if (broadcast || !summary) return false;
  const { mtimeMs } = await stat(layout.sessionFacts(facts.sessionId));
  return Date.now() - mtimeMs > PREVIEW_KEEP_MS;
}

async function salvageRecording(path: string): Promise<{ durationMs: number; bytes: number }> {
  try {
    const { durationMs, payloadBytes } = await truncateToLastCompleteTag(path);
    return { durationMs, bytes: payloadBytes };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { durationMs: 0, bytes: 0 };
    throw error;
  }
}

async function entries(dir: string): Promise<string[]> {
  return readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}
