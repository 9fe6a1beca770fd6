import { CodedError } from '../../domain/errors';
import { readTimeline } from '../../media/timeline/read';
import type { TimelineIndex } from '../../media/timeline/types';
import type { StorageLayout } from '../../storage/layout';

/** The broadcast's timeline from storage. Rejects with EMPTY_RECORDING where nothing was recorded while it was live. */
export async function broadcastIndex(layout: StorageLayout, playbackName: string): Promise<TimelineIndex> {
  const index = await readTimeline(layout.timeline(playbackName));
  if (!index || index.segments.length === 0) throw new CodedError('EMPTY_RECORDING');
  return index;
}
