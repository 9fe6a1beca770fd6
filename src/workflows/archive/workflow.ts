import {
  ActivityFailure,
  getExternalWorkflowHandle,
  log,
  setCurrentDetails,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { ArchiveRequest } from '../../activities/types';
import { archiveFinishedSignal, type ArchiveInput, type ArchiveResult } from '../messages';
import { codeOf } from '../failures';
import { archiveFastActivities, archiveSlowActivities } from '../proxies';
import { appIdAttribute, roomIdAttribute } from '../search-attributes';

/**
 * Makes the room's one video post: playable at once from the timeline's index, then the verified original, then the renditions
 * under the same URL.
 * A child that outlives its room; tells its result by Signal. Each step is safe to repeat.
 */
export async function archiveWorkflow(input: ArchiveInput): Promise<ArchiveResult> {
  upsertSearchAttributes([
    { key: appIdAttribute, value: String(input.appId) },
    { key: roomIdAttribute, value: String(input.roomId) },
  ]);
  const { appId, roomId, playbackName } = input;
  const result = await archive({ appId, roomId, playbackName }, input.attempt);
  await tellRoom(input, result);
  return result;
}

async function archive(request: ArchiveRequest, attempt: number): Promise<ArchiveResult> {
  let videoPostId: number | null = null;
  try {
    setCurrentDetails('making the recording playable');
    const { makePlayable, publishVideoPost } = archiveFastActivities;
    const playable = await makePlayable.executeWithOptions({ summary: 'VOD playlists from the timeline' }, [
      request,
    ]);
    videoPostId = playable.videoPostId;
    setCurrentDetails(
      `video post ${videoPostId} is playable (${playable.segments} segments); making the original`,
    );
    const post = { ...request, videoPostId };
    const { makeOriginal, transcodeVod } = archiveSlowActivities;
    const original = await makeOriginal.executeWithOptions({ summary: 'the original MP4, verified' }, [post]);
    const made = `video post ${videoPostId}: original of ${original.bytes} bytes, ${original.durationMs} ms`;
    setCurrentDetails(`${made}; making the renditions, progress in the pending activity's heartbeat`);
    const ladder = await transcodeVod.executeWithOptions({ summary: 'the renditions, by chunks' }, [post]);
    await publishVideoPost.executeWithOptions({ summary: `video post ${videoPostId} is PROCESSED` }, [post]);
    setCurrentDetails(`${made}; renditions ${ladder.renditions.join(', ')}`);
    return { attempt, outcome: 'archived', videoPostId, failure: null };
  } catch (error) {
    const failure = messageOf(error);
    log.error('the archive failed', { roomId: request.roomId, attempt, failure });
    setCurrentDetails(
      `**failed**: ${failure}\n\nAfter mending the cause, send the update \`retryArchive\` to the room.`,
    );
    await markFailed(request, videoPostId, failure);
    return { attempt, outcome: 'failed', videoPostId, failure };
  }
}

async function markFailed(
  request: ArchiveRequest,
  videoPostId: number | null,
  failure: string,
): Promise<void> {
  try {
    await archiveFastActivities.failVideoPost({ ...request, videoPostId, failure });
  } catch (error) {
    log.error('the video post could not be marked as failed', { error: messageOf(error) });
  }
}

async function tellRoom(input: ArchiveInput, result: ArchiveResult): Promise<void> {
  try {
    await getExternalWorkflowHandle(input.roomWorkflowId).signal(archiveFinishedSignal, result);
  } catch (error) {
    // The room's workflow was ended by hand; the video post is there all the same.
    log.warn('the room could not be told of its archive', { error: messageOf(error) });
  }
}

/** With the code before it, which the runbook goes by. */
function messageOf(error: unknown): string {
  const cause = error instanceof ActivityFailure && error.cause ? error.cause : error;
  const code = codeOf(error);
  const message = cause instanceof Error ? cause.message : String(cause);
  return code ? `${code}: ${message}` : message;
}
