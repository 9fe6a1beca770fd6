import { ActivityFailure, log, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { codeOf } from '../failures';
import type { VideoPostInput } from '../messages';
import { archiveFastActivities, archiveSlowActivities } from '../proxies';
import { appIdAttribute } from '../search-attributes';

export interface VideoPostResult {
  outcome: 'processed' | 'refused' | 'failed';
  /** Why, for people. */
  failure: string | null;
}

/**
 * Makes an uploaded video post: the upload becomes its original, which plays at once; then the renditions, a thumbnail and a
 * preview. Each step is safe to repeat, so a retry is a new run from the beginning.
 */
export async function videoPostWorkflow({ appId, videoPostId }: VideoPostInput): Promise<VideoPostResult> {
  upsertSearchAttributes([{ key: appIdAttribute, value: String(appId) }]);
  const post = { appId, videoPostId };
  const { takeSource, processPost } = archiveSlowActivities;
  try {
    setCurrentDetails('taking in what was uploaded');
    await takeSource.executeWithOptions({ summary: 'the original, looked at' }, [post]);
  } catch (error) {
    return failed(post, 'queuingFailed', error);
  }
  try {
    setCurrentDetails('making the renditions, progress in the pending activity\u2019s heartbeat');
    const { renditions } = await processPost.executeWithOptions({ summary: 'the renditions, by chunks' }, [
      post,
    ]);
    await archiveFastActivities.finishPost.executeWithOptions({ summary: 'PROCESSED' }, [post]);
    setCurrentDetails(`renditions ${renditions.join(', ')}`);
    return { outcome: 'processed', failure: null };
  } catch (error) {
    return failed(post, 'processingFailed', error);
  }
}

async function failed(
  post: VideoPostInput,
  step: 'queuingFailed' | 'processingFailed',
  error: unknown,
): Promise<VideoPostResult> {
  const failure = messageOf(error);
  log.error('a video post failed', { videoPostId: post.videoPostId, failure });
  setCurrentDetails(`**failed**: ${failure}`);
  // What was refused is written down by who refused it.
  if (codeOf(error) === 'UPLOAD_REFUSED') return { outcome: 'refused', failure };
  await archiveFastActivities.failPost({ ...post, step, failure });
  return { outcome: 'failed', failure };
}

/** With the code before it, which the runbook goes by. */
function messageOf(error: unknown): string {
  const cause = error instanceof ActivityFailure && error.cause ? error.cause : error;
  const code = codeOf(error);
  const message = cause instanceof Error ? cause.message : String(cause);
  return code ? `${code}: ${message}` : message;
}
