import { CodedError } from '../../domain/errors';
import { probeMedia, type ProbedMedia } from './probe-media';

/** Issue 3: the original's duration is within one segment of what was live. */
export const DURATION_TOLERANCE_MS = 2_000;

export interface Expected {
  durationMs: number;
  /** How much of each track was live; 0: there was none. */
  videoMs: number;
  audioMs: number;
}

/**
 * Rejects with ORIGINAL_NOT_VERIFIED where the file is not what was live: streams, their durations. The file's own duration is
 * its longest track's, so sound alone would make up for a picture that is lost.
 */
export async function verifyOriginal(
  ffprobePath: string,
  file: string,
  expected: Expected,
  signal: AbortSignal,
): Promise<ProbedMedia> {
  const found = await probeMedia(ffprobePath, file, signal);
  const wrong = differences(found, expected);
  if (wrong.length > 0) throw new CodedError('ORIGINAL_NOT_VERIFIED', wrong.join(', '));
  return found;
}

function differences(found: ProbedMedia, expected: Expected): string[] {
  const wrong: string[] = [];
  for (const kind of ['video', 'audio'] as const) {
    const liveMs = expected[`${kind}Ms`];
    const track = found[kind];
    if (liveMs > 0 !== (track !== null))
      wrong.push(`${kind} ${liveMs > 0 ? 'is missing' : 'was never live'}`);
    else if (track && track.durationMs < liveMs - DURATION_TOLERANCE_MS)
      wrong.push(`${Math.round(track.durationMs)} ms of ${kind}, ${Math.round(liveMs)} ms were live`);
  }
  if (found.video && !(found.video.width > 0 && found.video.height > 0))
    wrong.push('the picture has no size');
  if (Math.abs(found.durationMs - expected.durationMs) > DURATION_TOLERANCE_MS) {
    wrong.push(`${Math.round(found.durationMs)} ms long, ${Math.round(expected.durationMs)} ms were live`);
  }
  return wrong;
}
