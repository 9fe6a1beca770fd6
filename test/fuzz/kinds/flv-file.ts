import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlvReader } from '../../../src/media/flv';
import { must, type Kind } from '../kind';
import { mutateBytes } from '../mutate-bytes';

const CLIP = readFileSync(join(__dirname, '../../fixtures/media/clip.flv'));

/** Recordings as a crash, a bad disk or a stranger leaves them: read as far as they are whole, and never an error. */
export async function flvFile(): Promise<Kind> {
  const root = await mkdtemp(join(tmpdir(), 'showrunner-fuzz-'));
  const path = join(root, 'clip.flv');
  return {
    name: 'flv',
    make: (dice) => [mutateBytes(CLIP.subarray(0, 400 + dice.below(CLIP.length - 400)), dice)],
    run: async ([bytes]) => {
      await writeFile(path, bytes!);
      const [scanned, read] = [await FlvReader.open(path), await FlvReader.open(path)];
      try {
        await scanned.scan();
        let payloads = 0;
        for await (const tag of read.tags()) {
          payloads += tag.payload.length;
          must(tag.timestampMs >= 0 && Number.isSafeInteger(tag.timestampMs), 'a time that is none');
        }
        must(scanned.end !== null && scanned.end === read.end, 'two readings end differently');
        must(scanned.completeBytes === read.completeBytes, 'two readings find different lengths');
        must(scanned.completeBytes <= bytes!.length, 'more was read than is there');
        must(payloads === scanned.payloadBytes, 'payloads do not add up');
      } finally {
        await scanned.close();
        await read.close();
      }
    },
    atRest: async () => undefined,
    close: () => rm(root, { recursive: true, force: true }),
  };
}
