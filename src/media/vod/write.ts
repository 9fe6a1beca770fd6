import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceContendedFile } from '../../storage/replace-file';
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
  const write = (name: string, content: string) => replaceContendedFile(join(dir, name), content);
  await mkdir(dir, { recursive: true });
  await write(SOURCE_FILE, `${JSON.stringify({ playbackName: index.open.playbackName })}\n`);
  for (const rendition of [...plan.video, ...plan.audio]) {
    await write(playlistName(rendition.id), renderMediaPlaylist(plan, rendition));
  }
  await write(MANIFEST, renderManifest(plan));
  await write(MASTER_PLAYLIST, renderMasterPlaylist(plan));
  return { segments: index.segments.length, durationMs: liveDurationMs(index) };
}
