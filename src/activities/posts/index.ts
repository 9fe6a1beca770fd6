import { beatingWhenSlow } from '../beating';
import type { PostFastActivities, PostSlowActivities } from '../types';
import type { ArchiveParts } from '../archive';
import { createFailPost, createFinishPost } from './finish-post';
import { createProcessPost } from './process-post';
import { createTakeFile } from './take-file';
import { createTakeSource } from './take-source';

/** Queue `archive-fast`. */
export const createPostsFast = (parts: ArchiveParts): PostFastActivities => ({
  finishPost: beatingWhenSlow(createFinishPost(parts)),
  failPost: beatingWhenSlow(createFailPost(parts)),
});

/** Queue `archive`. */
export const createPostsSlow = (parts: ArchiveParts): PostSlowActivities => ({
  takeSource: createTakeSource(parts),
  takeFile: createTakeFile(parts),
  processPost: createProcessPost(parts),
});
