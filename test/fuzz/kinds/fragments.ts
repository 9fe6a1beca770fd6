import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BoxSplitter } from '../../../src/media/mp4/box-splitter';
import { parseFragment, shiftDecodeTime, type Fragment } from '../../../src/media/mp4/fragment';
import { parseInit, type InitInfo } from '../../../src/media/mp4/init';
import { splitAudioFragment } from '../../../src/media/mp4/split-audio';
import { must, type Kind } from '../kind';
import { mutateBytes, pieces } from '../mutate-bytes';

const MEDIA = join(__dirname, '../../fixtures/media');
const SEEDS = ['video.mp4', 'audio.mp4'].map((name) => readFileSync(join(MEDIA, name)));
const MAX_BOX_BYTES = 1 << 20;

/** Fragmented MP4 in pieces. What is broken is refused by an Error; a slip of ours (TypeError) is a finding. */
export async function fragments(): Promise<Kind> {
  return {
    name: 'mp4',
    make: (dice) => {
      const seed = dice.pick(SEEDS);
      // Headers are where sizes are: the media itself says nothing.
      const head = dice.oneIn(3) ? seed.length : Math.min(seed.length, 2_000);
      return pieces(Buffer.concat([mutateBytes(seed.subarray(0, head), dice), seed.subarray(head)]), dice);
    },
    run: async (input) => {
      try {
        read(input);
      } catch (error) {
        if (error instanceof TypeError || error instanceof ReferenceError || !(error instanceof Error))
          throw error;
        must(
          !/Invalid (array|string|typed array) length|allocation/.test(error.message),
          `memory: ${error.message}`,
        );
      }
    },
    atRest: async () => undefined,
    close: async () => undefined,
  };
}

function read(input: Buffer[]): void {
  const splitter = new BoxSplitter(MAX_BOX_BYTES);
  let init: InitInfo | null = null;
  let moof: Buffer | null = null;
  let fed = 0;
  let taken = 0;
  for (const piece of input) {
    fed += piece.length;
    for (const box of splitter.push(piece)) {
      taken += box.bytes.length;
      if (box.type === 'moov') init = parseInit(box.bytes);
      else if (box.type === 'moof') moof = Buffer.from(box.bytes);
      else if (box.type === 'mdat' && moof && init) use(parseFragment(moof, box.bytes, init), init);
    }
    must(taken + splitter.pendingBytes === fed, 'bytes were lost between boxes');
  }
}

function use(fragment: Fragment, init: InitInfo): void {
  must(fragment.samples.length > 0 && fragment.samples.length <= 10_000, 'a number of samples without sense');
  shiftDecodeTime(fragment, 90_000);
  if (init.kind !== 'audio') return;
  const [before, after] = splitAudioFragment(fragment, fragment.start + fragment.duration / 2);
  const samples = (before?.samples.length ?? 0) + (after?.samples.length ?? 0);
  must(samples === fragment.samples.length, 'samples were lost in a cut');
}
