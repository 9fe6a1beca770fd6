import { children, descend, type ChildBox } from './children';
import type { InitInfo } from './init';

export interface Sample {
  duration: number;
  size: number;
  flags: number;
}

/** One moof + mdat of one track. */
export interface Fragment {
  moof: Buffer;
  mdat: Buffer;
  /** Decode time of the first sample, in the track's timescale. */
  start: number;
  /** Sum of the samples' durations. */
  duration: number;
  startsWithSync: boolean;
  samples: Sample[];
}

const SAMPLE_IS_NON_SYNC = 0x10000;
/** A fragment is half a second; 10 000 samples would be a broken count, and memory. */
const MAX_SAMPLES = 10_000;

/** Parses a fragment of a single-track file. Throws where it is broken. */
export function parseFragment(moof: Buffer, mdat: Buffer, init: InitInfo): Fragment {
  const traf = descend(moof, 8, moof.length, 'traf');
  if (!traf) throw new Error('a fragment has no traf');
  let defaults: Sample = { duration: init.defaultDuration, size: init.defaultSize, flags: init.defaultFlags };
  let start: number | null = null;
  const samples: Sample[] = [];
  for (const box of children(moof, traf.start, traf.end)) {
    if (box.type === 'tfhd') defaults = readTfhd(moof, box, defaults);
    else if (box.type === 'tfdt') start = readTfdt(moof, box);
    else if (box.type === 'trun') readTrun(moof, box, defaults, samples);
  }
  if (start === null || samples.length === 0) throw new Error('a fragment has no tfdt or no samples');
  const duration = samples.reduce((sum, sample) => sum + sample.duration, 0);
  return {
    moof,
    mdat,
    start,
    duration,
    startsWithSync: !((samples[0]?.flags ?? 0) & SAMPLE_IS_NON_SYNC),
    samples,
  };
}

function readTfhd(moof: Buffer, box: ChildBox, defaults: Sample): Sample {
  const flags = moof.readUInt32BE(box.start) & 0xffffff;
  let at = box.start + 8;
  if (flags & 0x1) at += 8;
  if (flags & 0x2) at += 4;
  const next = (present: number, otherwise: number): number => {
    if (!(flags & present)) return otherwise;
    at += 4;
    return moof.readUInt32BE(at - 4);
  };
  return {
    duration: next(0x8, defaults.duration),
    size: next(0x10, defaults.size),
    flags: next(0x20, defaults.flags),
  };
}

function readTfdt(moof: Buffer, box: ChildBox): number {
  return moof[box.start] === 1
    ? Number(moof.readBigUInt64BE(box.start + 4))
    : moof.readUInt32BE(box.start + 4);
}

function readTrun(moof: Buffer, box: ChildBox, defaults: Sample, into: Sample[]): void {
  const flags = moof.readUInt32BE(box.start) & 0xffffff;
  const count = moof.readUInt32BE(box.start + 4);
  if (count + into.length > MAX_SAMPLES) throw new Error(`a fragment claims ${count} samples`);
  let at = box.start + 8;
  if (flags & 0x1) at += 4;
  const firstFlags = flags & 0x4 ? moof.readUInt32BE((at += 4) - 4) : null;
  const next = (present: number, otherwise: number): number =>
    flags & present ? moof.readUInt32BE((at += 4) - 4) : otherwise;
  for (let i = 0; i < count; i += 1) {
    const duration = next(0x100, defaults.duration);
    const size = next(0x200, defaults.size);
    const own = next(0x400, i === 0 && firstFlags !== null ? firstFlags : defaults.flags);
    if (flags & 0x800) at += 4;
    into.push({ duration, size, flags: own });
  }
}

/** How long after its decode time a fragment's first sample is shown, in the track's timescale: frames that wait for others. */
export function firstDelay({ moof }: Fragment): number {
  const trun = descend(moof, 8, moof.length, 'traf', 'trun');
  if (!trun) return 0;
  const flags = moof.readUInt32BE(trun.start) & 0xffffff;
  if (!(flags & 0x800)) return 0;
  const before = [0x1, 0x4, 0x100, 0x200, 0x400].filter((present) => flags & present).length;
  return moof.readInt32BE(trun.start + 8 + before * 4);
}

/** Moves a fragment's decode time in place. ffmpeg writes version 1 (64 bits) always; anything else is refused. */
export function shiftDecodeTime(fragment: Fragment, by: number): void {
  const tfdt = descend(fragment.moof, 8, fragment.moof.length, 'traf', 'tfdt');
  if (!tfdt || fragment.moof[tfdt.start] !== 1) throw new Error('a fragment has no 64-bit tfdt');
  const moved = fragment.start + by;
  if (moved < 0) throw new Error('a decode time would become negative');
  fragment.moof.writeBigUInt64BE(BigInt(moved), tfdt.start + 4);
  fragment.start = moved;
}
