import { open } from 'node:fs/promises';
import { FlvReader, type FlvEnd } from './reader';
import { FLV_TRACK_FLAGS_OFFSET, flvTrackFlags, type FlvTracks } from './tag';

export interface TruncatedFlv {
  /** Size of the file now. 0: not even its header was whole. */
  bytes: number;
  /** How it ended before it was cut. */
  was: FlvEnd;
  tracks: FlvTracks;
  /** From the first audio or video tag to the latest. */
  durationMs: number;
  /** Of all tags, without FLV's own bytes. */
  payloadBytes: number;
}

/**
 * Cuts a recording behind its last complete tag and corrects the header's track flags: what a crash left becomes a
 * clean FLV file. Safe to repeat. Rejects with the file system's error.
 */
export async function truncateToLastCompleteTag(path: string): Promise<TruncatedFlv> {
  const reader = await FlvReader.open(path);
  try {
    await reader.scan();
  } finally {
    await reader.close();
  }
  const file = await open(path, 'r+');
  try {
    await file.truncate(reader.completeBytes);
    if (reader.completeBytes > 0) {
      await file.write(Buffer.from([flvTrackFlags(reader.tracks)]), 0, 1, FLV_TRACK_FLAGS_OFFSET);
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  const { completeBytes: bytes, end, tracks, firstMs, lastMs, payloadBytes } = reader;
  return {
    bytes,
    was: end ?? 'clean',
    tracks,
    durationMs: firstMs === null ? 0 : lastMs - firstMs,
    payloadBytes,
  };
}
