import { publishLadder } from '../../media/ladder/publish-ladder';
import { writeVod } from '../../media/vod/write';
import { ensureVideoPostOfRoom, markPostPlayable, type VideoPostRow } from '../../store/video-posts';
import type { ArchiveFastActivities } from '../types';
import { broadcastIndex } from './broadcast-index';
import { tellingFailures } from './failures';
import type { ArchiveParts } from './parts';

/**
 * Makes the recording playable at once: the room's one video post, and VOD playlists from the timeline's index.
 * Milliseconds of work, whatever the length. Fails for good with EMPTY_RECORDING where no segment was live: no post then.
 */
export function createMakePlayable({
  knex,
  layout,
  log,
}: ArchiveParts): ArchiveFastActivities['makePlayable'] {
  return ({ appId, roomId, playbackName }) =>
    tellingFailures(async () => {
      const index = await broadcastIndex(layout, playbackName);
      const { brokenLines } = index;
      if (brokenLines)
        log.error({ roomId, brokenLines }, 'the timeline has broken lines: what they told is missing');
      const post = await ensureVideoPostOfRoom(knex, { appId, roomId });
      // Its renditions are swapped in already: the instant VOD must not take their place again.
      if (post.state === 'PROCESSED') return finished(post);
      const dir = layout.vodDir(post.name);
      const vod = await writeVod(dir, index);
      await markPostPlayable(knex, post.id, vod);
      // This attempt may have been given up, and slept through the rest of the archive.
      if ((await ensureVideoPostOfRoom(knex, { appId, roomId })).state === 'PROCESSED')
        await publishLadder(dir);
      log.info({ roomId, videoPostId: post.id, ...vod }, 'the recording is playable');
      return { videoPostId: post.id, ...vod };
    });
}

const finished = ({ id, duration_ms, segments }: VideoPostRow) => ({
  videoPostId: id,
  durationMs: duration_ms ?? 0,
  segments: segments ?? 0,
});
