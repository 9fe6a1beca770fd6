import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TimelineIndex } from '../timeline/types';
import { renderManifest } from './dash';
import { renderMasterPlaylist, renderMediaPlaylist } from './hls';
import { MANIFEST, MASTER_PLAYLIST, playlistName, SOURCE_FILE } from './names';
import { liveDurationMs, planVod } from './plan';

export interface WrittenVod {
  segments: number;
  durationMs: number;
}

/**
 * Writes a finished broadcast's VOD playlists into `dir`, from the timeline's index alone: no media is read.
 * Every file is replaced whole, the master last, so that whoever finds it finds the rest. Safe to repeat.
 */
export async function writeVod(dir: string, index: TimelineIndex): Promise<WrittenVod> {
  const plan = planVod(index);
  await mkdir(dir, { recursive: true });
  await replaceFile(dir, SOURCE_FILE, `${JSON.stringify({ playbackName: index.open.playbackName })}\n`);
  for (const rendition of [...plan.video, ...plan.audio]) {
    await replaceFile(dir, playlistName(rendition.id), renderMediaPlaylist(plan, rendition));
  }
  await replaceFile(dir, MANIFEST, renderManifest(plan));
  await replaceFile(dir, MASTER_PLAYLIST, renderMasterPlaylist(plan));
  return { segments: index.segments.length, durationMs: liveDurationMs(index) };
}

/** Readers see the old file or the new one, never half of one. */
async function replaceFile(dir: string, name: string, content: string): Promise<void> {
  const temporary = join(dir, `.${name}.${randomUUID()}.tmp`);
  try {
    await writeFile(temporary, content, { flush: true });
    await rename(temporary, join(dir, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
