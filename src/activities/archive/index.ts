import { beatingWhenSlow } from '../beating';
import type { ArchiveFastActivities, ArchiveSlowActivities } from '../types';
import { createFailVideoPost, createPublishVideoPost } from './finish-video-post';
import { createMakeOriginal } from './make-original';
import { createMakePlayable } from './make-playable';
import type { ArchiveParts } from './parts';
import { createTranscodeVod } from './transcode-vod';

export type { ArchiveParts } from './parts';

/** Queue `archive-fast`: never behind a transcode. */
export const createArchiveFast = (parts: ArchiveParts): ArchiveFastActivities => ({
  makePlayable: beatingWhenSlow(createMakePlayable(parts)),
  publishVideoPost: beatingWhenSlow(createPublishVideoPost(parts)),
  failVideoPost: beatingWhenSlow(createFailVideoPost(parts)),
});

/** Queue `archive`. */
export const createArchiveSlow = (parts: ArchiveParts): ArchiveSlowActivities => ({
  makeOriginal: createMakeOriginal(parts),
  transcodeVod: createTranscodeVod(parts),
});
