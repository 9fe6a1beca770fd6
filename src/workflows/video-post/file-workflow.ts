import { upsertSearchAttributes } from '@temporalio/workflow';
import { codeOf } from '../failures';
import type { PostFileInput } from '../messages';
import { archiveSlowActivities } from '../proxies';
import { appIdAttribute } from '../search-attributes';

/** Gives a post the thumbnail or the preview that was uploaded; one that is refused changes nothing. */
export async function postFileWorkflow(input: PostFileInput): Promise<{ outcome: 'taken' | 'refused' }> {
  upsertSearchAttributes([{ key: appIdAttribute, value: String(input.appId) }]);
  try {
    await archiveSlowActivities.takeFile(input);
    return { outcome: 'taken' };
  } catch (error) {
    if (codeOf(error) !== 'UPLOAD_REFUSED') throw error;
    return { outcome: 'refused' };
  }
}
