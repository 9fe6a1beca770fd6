import { beating } from '../beating';
import type { ArchiveFastActivities, ArchiveSlowActivities } from '../types';
import { createFailVideoPost, createPublishVideoPost } from './finish-video-post';
import { createMakeOriginal } from './make-original';
import { createMakePlayable } from './make-playable';
import type { ArchiveParts } from './parts';
import { createTranscodeVod } from './transcode-vod';

export type { ArchiveParts } from './parts';

/** Queue `archive-fast`: never behind a transcode. */
export const createArchiveFast = (parts: ArchiveParts): ArchiveFastActivities => ({
  makePlayable: beating(createMakePlayable(parts)),
  publishVideoPost: beating(createPublishVideoPost(parts)),
  failVideoPost: beating(createFailVideoPost(parts)),
});

/** Queue `archive`. */
export const createArchiveSlow = (parts: ArchiveParts): ArchiveSlowActivities => ({
  makeOriginal: createMakeOriginal(parts),
  transcodeVod: createTranscodeVod(parts),
});
