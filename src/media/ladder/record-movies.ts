import { CodedError } from '../../domain/errors';
import { AUDIO_RENDITION, type PostRendition } from '../../domain/video-profile';
import { sizeOf } from './files';
import type { WorkContext } from './make-chunks';
import { shownMs, type LadderPlan } from './plan';
import { writeRecord, type LadderRecord } from './record';

/** A ladder of MP4s alone: its record makes it whole. */
export async function recordMovies(context: WorkContext, plan: LadderPlan): Promise<LadderRecord> {
  const movies = plan.video?.renditions ?? [{ name: AUDIO_RENDITION, width: null, height: null }];
  const renditions: PostRendition[] = [];
  for (const { name, width, height } of movies) {
    const mp4Bytes = await sizeOf(context.paths.mp4(name));
    if (mp4Bytes === null) throw new CodedError('TRANSCODE_FAILED', `the MP4 of ${name} is gone`);
    renditions.push({ name, width, height, mp4Bytes, segmentBytes: 0 });
  }
  const { segmentSeconds } = plan.profile;
  const record: LadderRecord = { plan, segmentSeconds, tracks: [], renditions, durationMs: shownMs(plan) };
  await writeRecord(context.paths, record);
  return record;
}
