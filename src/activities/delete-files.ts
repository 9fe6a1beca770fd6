import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Knex } from 'knex';
import type { Logger } from '../logger';
import { readTimeline } from '../media/timeline/read';
import { isInstantVodFile } from '../media/vod/names';
import type { StorageLayout } from '../storage/layout';
import { filesOf, markFilesDeleted, sessionsOfBroadcast, type FilesToDelete } from '../store/deleted-files';
import { tellingFailures } from './archive/failures';
import { beating } from './beating';
import type { DeleteFilesActivities } from './types';

export interface DeleteFilesParts {
  knex: Knex;
  layout: StorageLayout;
  log: Logger;
}

/**
 * Removes the files of what was deleted: for a room its recording, for a post its folder and the recording it was made of; and
 * the live segments of what was archived a day ago. Safe to repeat, also after an attempt that died half-way: the timeline, which
 * names the sessions, goes last.
 */
export const createDeleteFiles = (parts: DeleteFilesParts): DeleteFilesActivities => ({
  deleteFiles: (input) =>
    beating({ removed: 0 }, (tell) =>
      tellingFailures(async () => {
        const { kind, id } = input;
        const files = await filesOf(parts.knex, input);
        if (!files) return { removed: 0 };
        const paths = [...(await ofPost(parts, files.post)), ...(await ofRecording(parts, files.recording))];
        for (const [done, path] of paths.entries()) {
          await rm(path, { recursive: true, force: true });
          tell({ removed: done + 1 });
        }
        await markFilesDeleted(parts.knex, input);
        parts.log.info({ kind, id, removed: paths.length }, 'files that nobody needs any more are gone');
        return { removed: paths.length };
      }),
    ),
});

async function ofPost({ layout }: DeleteFilesParts, post: FilesToDelete['post']): Promise<string[]> {
  if (!post) return [];
  const dir = layout.vodDir(post.name);
  if (post.what === 'everything') return [dir];
  return (await entries(dir)).filter(isInstantVodFile).map((file) => join(dir, file));
}

async function ofRecording(
  { knex, layout }: DeleteFilesParts,
  recording: FilesToDelete['recording'],
): Promise<string[]> {
  if (!recording) return [];
  const { playbackName, what } = recording;
  const index = await readTimeline(layout.timeline(playbackName));
  const named = (index?.parts ?? []).map((part) => part.sessionId);
  const sessions = [...new Set([...named, ...(await sessionsOfBroadcast(knex, playbackName))])];
  if (what === 'segments') return sessions.map((session) => layout.partsDir(session));
  return [...sessions.map((session) => layout.sessionDir(session)), layout.broadcastDir(playbackName)];
}

const entries = (dir: string): Promise<string[]> =>
  readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
