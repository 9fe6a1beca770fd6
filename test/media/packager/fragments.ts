import type { Fragment } from '../../../src/media/mp4/fragment';

const AAC_SAMPLE = 1024;

/** A fragment of `samples` equal samples; its boxes are as small as the code under test allows. */
export function fragment(
  start: number,
  sampleDuration: number,
  samples: number,
  startsWithSync = true,
): Fragment {
  const size = 10;
  return {
    moof: Buffer.alloc(32),
    mdat: Buffer.alloc(8 + samples * size),
    start,
    duration: sampleDuration * samples,
    startsWithSync,
    samples: Array.from({ length: samples }, () => ({ duration: sampleDuration, size, flags: 0 })),
  };
}

/** Video at 30 fps in a timescale of 1000 x 30: one sample is 1000. A key frame every `gop` frames. */
export function* video(from: number, frames: number, gop: number, perFragment = 15): Generator<Fragment> {
  for (let frame = 0; frame < frames;) {
    const left = Math.min(perFragment, frames - frame, gop - (frame % gop));
    yield fragment(from + frame * 1000, 1000, left, frame % gop === 0);
    frame += left;
  }
}

export function* audio(from: number, samples: number, perFragment = 23): Generator<Fragment> {
  for (let at = 0; at < samples; at += perFragment) {
    yield fragment(from + at * AAC_SAMPLE, AAC_SAMPLE, Math.min(perFragment, samples - at));
  }
}
