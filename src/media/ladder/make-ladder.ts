import { CodedError } from '../../domain/errors';
import type { PostRendition, VideoProfile } from '../../domain/video-profile';
import type { Logger } from '../../logger';

export interface LadderProgress {
  step: 'video' | 'join' | 'package';
  chunk: number;
  chunks: number;
  percent: number;
}

export interface LadderRequest {
  /** Holds the verified original; the ladder's folder is made in it. */
  vodDir: string;
  profile: VideoProfile;
  ffmpegPath: string;
  ffprobePath: string;
  log: Logger;
  signal: AbortSignal;
  onProgress(progress: LadderProgress): void;
}

export interface Ladder {
  renditions: PostRendition[];
  durationMs: number;
}

/** Makes (or finds, verified) all renditions below vodDir/ladder; safe to repeat; a killed one goes on at its first missing chunk. */
export async function makeLadder(request: LadderRequest): Promise<Ladder> {
  request.signal.throwIfAborted();
  throw new CodedError('TRANSCODE_FAILED', 'the ladder is not made yet');
}
