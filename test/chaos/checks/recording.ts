import { readTimeline } from '../../../src/media/timeline/read';
import { ffprobe } from '../../support/ffmpeg';
import { sentSince } from '../encoder';
import type { Show } from '../show';
import { doubled, lost, wrong, type Failure } from './failure';

/** design.md, section 7: segments are 2 s. */
export const SEGMENT_MS = 2_000;
/** What the death of the media node may cost. */
export const MEDIA_LOSS_MS = 1_000;

async function durationMs(url: string): Promise<number> {
  const { json } = await ffprobe('-show_entries', 'format=duration', url);
  return Number(json.format.duration) * 1_000;
}

/** Clocks of two processes, and ffmpeg's account of itself every 100 ms. */
const CLOCK_TOLERANCE_MS = 150;

/** The wall clock of the first public picture, by the timeline. */
async function publicFrom(it: Show, playbackName: string): Promise<number> {
  const index = await readTimeline(it.stage.layout.timeline(playbackName));
  const first = index?.segments[0];
  const part = index?.parts.find((one) => one.part === first?.part);
  if (!first || !part) return Infinity;
  return Date.parse(part.startedAt) + first.startMs - part.baseMs;
}

/**
 * Exactly one video post, playable, and as long as what was sent while live: from the first key frame that was public, which
 * has to come within a segment of the go-live mark, to the encoder's last packet, without what it sent to nobody.
 */
export async function checkRecording(
  it: Show,
  toleranceMs: number,
  mediaDiedAt: number | null,
): Promise<{ failures: Failure[]; missingMs: number | null }> {
  const { stage, ids } = it;
  const room = await stage.backend.room(ids.roomId);
  const posts = await stage.rows.posts(ids.roomId);
  if (posts.length === 0) return { failures: [lost('there is no video post')], missingMs: null };
  const failures: Failure[] = posts.length > 1 ? [doubled(`${posts.length} video posts`)] : [];
  const post = await stage.backend.videoPost(Number(posts[0]!.id));
  if (post.videoPostState !== 'PROCESSED') failures.push(wrong(`the video post is ${post.videoPostState}`));
  const { live_started_at: liveAt, playback_name: name } = await stage.rows.room(ids.roomId);
  const fromAt = await publicFrom(it, name);
  const markAt = liveAt!.getTime();
  const { sessions } = it.encoder;
  const sentMs = sentSince(sessions, fromAt, mediaDiedAt);
  // design.md, section 7: the first public segment is the first that starts at or after the go-live mark.
  const skippedMs = sentSince(sessions, markAt, mediaDiedAt) - sentMs;
  if (fromAt < markAt - CLOCK_TOLERANCE_MS)
    failures.push(wrong(`public ${markAt - fromAt} ms before the mark`));
  if (skippedMs > SEGMENT_MS + CLOCK_TOLERANCE_MS)
    failures.push(lost(`of what was sent after the go-live mark the first ${Math.round(skippedMs)} ms`));
  const files = { 'VOD playlist': room.vodUrl, 'original.mp4': post.file.src?.url ?? null };
  let missingMs = 0;
  for (const [file, url] of Object.entries(files)) {
    if (!url) {
      failures.push(lost(`there is no ${file}`));
      continue;
    }
    const gotMs = await durationMs(url);
    if (Math.abs(sentMs - gotMs) > Math.abs(missingMs)) missingMs = sentMs - gotMs;
    const text = `${file} has ${(gotMs / 1_000).toFixed(2)} s of ${(sentMs / 1_000).toFixed(2)} s sent while live`;
    if (sentMs - gotMs > toleranceMs) failures.push(lost(text));
    if (gotMs - sentMs > toleranceMs) failures.push(doubled(text));
  }
  return { failures, missingMs };
}

/** A forced end leaves no video post. */
export async function checkNoRecording({ stage, ids }: Show): Promise<Failure[]> {
  const posts = await stage.rows.posts(ids.roomId);
  return posts.length === 0 ? [] : [wrong('a forced end has a video post')];
}
