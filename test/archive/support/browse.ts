import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { TimelineIndex } from '../../../src/media/timeline/types';
import type { StorageLayout } from '../../../src/storage/layout';

/** Gives a VOD folder the view that the playback server gives: `<part>/<track>/` beside the playlists. */
export async function linkSegments(
  layout: StorageLayout,
  vodDir: string,
  index: TimelineIndex,
): Promise<void> {
  for (const part of index.parts) {
    await mkdir(join(vodDir, String(part.part)), { recursive: true });
    for (const track of part.tracks) {
      const source = layout.trackDir(part.sessionId, part.sessionPart, track.id);
      await symlink(source, join(vodDir, String(part.part), track.id));
    }
  }
}
