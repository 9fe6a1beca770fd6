import { LOG_FLAGS } from '../ffmpeg/stderr';
import { flvFileHeader } from '../flv';
import { runFfmpeg } from './ffmpeg-job';
import { cutStartMs, cutTags, headerTags, type RawCut } from './raw-cut';
import { DURATION_TOLERANCE_MS } from './verify-original';

export interface EncodeContext {
  ffmpegPath: string;
  signal: AbortSignal;
  /** 0...100. */
  onProgress(percent: number): void;
}

/** Three quarters of a segment: the rest of the tolerance is for rounding, and for the joins. */
const LATE_PICTURE_MS = 1_500;
/** Reading is this much of the work; moving the index to the front of the file is the rest. */
const READING_PERCENT = 95;

/**
 * Can the cuts be copied, without encoding, into one MP4 that is true to what was live?
 * Same decoder configuration all along, pictures that start within a segment of the sound, nothing missing.
 */
export function isCopyable(cuts: RawCut[]): boolean {
  const same = (header: (cut: RawCut) => Buffer | null) => {
    const payloads = cuts.map(header).filter((payload) => payload !== null);
    return payloads.every((payload) => payload.equals(payloads[0]!));
  };
  const late = (cut: RawCut) => (cut.videoFromMs ?? 0) - cut.range.startMs > DURATION_TOLERANCE_MS;
  const wanted = cuts.reduce((sum, cut) => sum + cut.range.endMs - cut.range.startMs, 0);
  const copied = cuts.reduce((sum, cut) => sum + cut.endMs - cutStartMs(cut), 0);
  return (
    !cuts.some(late) &&
    same((cut) => cut.videoHeader) &&
    same((cut) => cut.audioHeader) &&
    Math.abs(copied - wanted) <= DURATION_TOLERANCE_MS
  );
}

/**
 * The show begins with its first picture, where that is soon: sound over nothing looks broken, and the little that is
 * left out stays within what the original may differ from what was live.
 */
function inStep(cuts: RawCut[]): RawCut[] {
  const [first, ...rest] = cuts;
  if (!first || first.videoFromMs === null || first.audioFromMs === null) return cuts;
  const lateMs = first.videoFromMs - first.audioFromMs;
  return lateMs > 0 && lateMs <= LATE_PICTURE_MS
    ? [{ ...first, audioFromMs: first.videoFromMs }, ...rest]
    : cuts;
}

/** Copies the cuts, one after the other without their pauses, into a faststart MP4. Rejects as `runFfmpeg` does. */
export async function copyOriginal(context: EncodeContext, cuts: RawCut[], output: string): Promise<void> {
  const args = [...LOG_FLAGS, '-y'];
  args.push('-f', 'flv', '-i', 'pipe:0', '-map', '0:v:0?', '-map', '0:a:0?', '-c', 'copy');
  args.push('-movflags', '+faststart', '-f', 'mp4', output);
  const input = joined(inStep(cuts), (done) => context.onProgress(Math.floor(done * READING_PERCENT)));
  await runFfmpeg({ path: context.ffmpegPath, args, input, output, signal: context.signal });
}

/** One FLV stream of all cuts. Headers come first, so that ffmpeg knows both tracks however late one starts. */
async function* joined(cuts: RawCut[], onDone: (fraction: number) => void): AsyncGenerator<Buffer> {
  const video = cuts.find((cut) => cut.videoHeader)?.videoHeader ?? null;
  const audio = cuts.find((cut) => cut.audioHeader)?.audioHeader ?? null;
  yield flvFileHeader({
    video: cuts.some((cut) => cut.videoFromMs !== null),
    audio: cuts.some((cut) => cut.audioFromMs !== null),
  });
  yield* headerTags(video, audio);
  const totalBytes = Math.max(
    1,
    cuts.reduce((sum, cut) => sum + cut.bytes, 0),
  );
  let doneBytes = 0;
  let baseMs = 0;
  for (const cut of cuts) {
    for await (const tag of cutTags(cut, baseMs)) {
      doneBytes += tag.length;
      onDone(Math.min(1, doneBytes / totalBytes));
      yield tag;
    }
    baseMs += cut.endMs - cutStartMs(cut);
  }
}
