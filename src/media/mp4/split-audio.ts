import type { Fragment, Sample } from './fragment';

const TFHD_DEFAULT_BASE_IS_MOOF = 0x020000;
const TFHD_DEFAULT_FLAGS = 0x20;
const TRUN_OFFSET_DURATION_SIZE = 0x301;
/** Depends on no other sample, and is a sync sample: every AAC frame. */
const AUDIO_SAMPLE_FLAGS = 0x02000000;

/**
 * Splits an audio fragment before the first sample that starts at or after `at` (timescale units), so that audio segments
 * end where the video's do: fragments are half a second long and straddle the cut. Half a sample early counts as after.
 * Returns [before, after]; one of them is null where nothing is left for it.
 */
export function splitAudioFragment(fragment: Fragment, at: number): [Fragment | null, Fragment | null] {
  let index = 0;
  let time = fragment.start;
  let bytes = 0;
  for (const sample of fragment.samples) {
    if (time + sample.duration / 2 >= at) break;
    time += sample.duration;
    bytes += sample.size;
    index += 1;
  }
  if (index === 0) return [null, fragment];
  if (index === fragment.samples.length) return [fragment, null];
  const payload = fragment.mdat.subarray(8);
  return [
    build(fragment, fragment.start, fragment.samples.slice(0, index), payload.subarray(0, bytes)),
    build(fragment, time, fragment.samples.slice(index), payload.subarray(bytes)),
  ];
}

function build(of: Fragment, start: number, samples: Sample[], payload: Buffer): Fragment {
  const mfhd = of.moof.subarray(8, 24); // ffmpeg writes it first; its sequence number stays
  const tfhd = box(
    'tfhd',
    u32(TFHD_DEFAULT_BASE_IS_MOOF | TFHD_DEFAULT_FLAGS),
    u32(1),
    u32(AUDIO_SAMPLE_FLAGS),
  );
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(start));
  const tfdt = box('tfdt', u32(0x01000000), time);
  const table = Buffer.alloc(samples.length * 8);
  samples.forEach((sample, i) => {
    table.writeUInt32BE(sample.duration, i * 8);
    table.writeUInt32BE(sample.size, i * 8 + 4);
  });
  const trun = box('trun', u32(TRUN_OFFSET_DURATION_SIZE), u32(samples.length), u32(0), table);
  const moof = box('moof', mfhd, box('traf', tfhd, tfdt, trun));
  moof.writeInt32BE(moof.length + 8, moof.length - table.length - 4); // data offset: just behind the mdat's header
  return {
    moof,
    mdat: box('mdat', payload),
    start,
    duration: samples.reduce((sum, sample) => sum + sample.duration, 0),
    startsWithSync: true,
    samples,
  };
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function box(type: string, ...parts: Buffer[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([u32(size), Buffer.from(type, 'latin1'), ...parts], size);
}
