import type { SegmentFile, SegmentRecord } from '../timeline/types';
import { extentOf, type VodPart, type VodPlan } from './plan';

/** A stretch of a part whose files a template with consecutive numbers can name, track by track. */
export interface DashPeriod extends VodPart {
  id: string;
}

/** How a SegmentTemplate names a file. */
export interface SegmentAddress {
  media: string;
  /** Null where the name is no number: then it stands for itself alone. */
  number: number | null;
}

/** `00041.m4s`: `$Number%05d$.m4s` and 41. */
export function addressOf(file: SegmentFile): SegmentAddress {
  const digits = /^(\d+)\.m4s$/.exec(file.file)?.[1];
  if (digits === undefined) return { media: file.file, number: null };
  return { media: `$Number%0${digits.length}d$.m4s`, number: Number(digits) };
}

/** One Period a part; a further one behind each hole: a template can not skip the numbers of segments that a track lacks. */
export function dashPeriods(plan: VodPlan): DashPeriod[] {
  const periods: DashPeriod[] = [];
  let startSeconds = 0;
  for (const part of plan.parts) {
    const runs = consecutiveRuns(part.segments);
    runs.forEach((segments, nth) => {
      const extent = runs.length === 1 ? part : extentOf(part.record, segments);
      const { originSeconds, durationSeconds } = extent;
      const id = nth === 0 ? String(part.record.part) : `${part.record.part}.${nth}`;
      const { record, folder } = part;
      periods.push({ id, record, folder, segments, startSeconds, durationSeconds, originSeconds });
      startSeconds += durationSeconds;
    });
  }
  return periods;
}

/** A track that comes late or goes early is no hole: its own first number says where it starts. */
function consecutiveRuns(segments: SegmentRecord[]): SegmentRecord[][] {
  const runs: SegmentRecord[][] = [];
  let latest = new Map<string, SegmentFile>();
  for (const segment of segments) {
    const files = Object.entries(segment.tracks);
    const follows = files.every(([track, file]) => {
      const before = latest.get(track);
      return before === undefined || isNext(before, file);
    });
    if (runs.length === 0 || !follows) {
      runs.push([]);
      latest = new Map();
    }
    runs[runs.length - 1]!.push(segment);
    for (const [track, file] of files) latest.set(track, file);
  }
  return runs;
}

/** 99999 is followed by 100000 under the same template: a template's width is a minimum. */
function isNext(before: SegmentFile, file: SegmentFile): boolean {
  const { number } = addressOf(before);
  if (number === null) return false;
  const width = before.file.indexOf('.');
  return file.file === `${String(number + 1).padStart(width, '0')}.m4s`;
}
