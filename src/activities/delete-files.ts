import { rm } from 'node:fs/promises';
import type { Knex } from 'knex';
import type { Logger } from '../logger';
import { readTimeline } from '../media/timeline/read';
import type { StorageLayout } from '../storage/layout';
import { filesOf, markFilesDeleted, sessionsOfBroadcast } from '../store/deleted-files';
import { tellingFailures } from './archive/failures';
import { beating } from './beating';
import type { DeleteFilesActivities } from './types';

export interface DeleteFilesParts {
  knex: Knex;
  layout: StorageLayout;
  log: Logger;
}

/**
 * Removes the files of what was deleted: for a room its recording, for a post its folder and the recording it was made of.
 * Safe to repeat, also after an attempt that died half-way: the timeline, which names the sessions, goes last.
 */
export const createDeleteFiles = (parts: DeleteFilesParts): DeleteFilesActivities => ({
  deleteFiles: (input) =>
    beating({ removed: 0 }, (tell) =>
      tellingFailures(async () => {
        const { kind, id } = input;
        const folders = await foldersOf(parts, await filesOf(parts.knex, input));
        for (const [done, folder] of folders.entries()) {
          await rm(folder, { recursive: true, force: true });
          tell({ removed: done + 1 });
        }
        await markFilesDeleted(parts.knex, input);
        parts.log.info({ kind, id, folders: folders.length }, 'the files of what was deleted are gone');
        return { removed: folders.length };
      }),
    ),
});

async function foldersOf(
  { knex, layout }: DeleteFilesParts,
  files: { playbackName: string | null; postName: string | null },
): Promise<string[]> {
  const { playbackName, postName } = files;
  const folders = postName === null ? [] : [layout.vodDir(postName)];
  if (playbackName === null) return folders;
  const index = await readTimeline(layout.timeline(playbackName));
  const sessions = new Set([
    ...(index?.parts ?? []).map((part) => part.sessionId),
    ...(await sessionsOfBroadcast(knex, playbackName)),
  ]);
  return [
    ...folders,
    ...[...sessions].map((session) => layout.sessionDir(session)),
    layout.broadcastDir(playbackName),
  ];
}
