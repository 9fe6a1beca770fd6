import { fuzz } from './fuzz';

/** Longer runs: npm run fuzz. */
const RUN_MS = 25_000;
const SEED = 4;
/** Starting, and stopping what was started. */
const AROUND_MS = 60_000;
/** A tenth of what a machine without other work does. */
const FEWEST = 1_500;

test(
  'mutated conversations, files, fragments and requests are taken or refused, and break nothing',
  async () => {
    const { findings, counts, conversations } = await fuzz({
      seed: SEED,
      from: 0,
      count: 1e9,
      maxMs: RUN_MS,
    });
    expect(findings).toEqual([]);
    expect(conversations).toBeGreaterThan(FEWEST);
    expect(Object.keys(counts).sort()).toEqual([
      'flv',
      'headers',
      'http',
      'mp4',
      'routes',
      'rtmp',
      'rtmp-socket',
    ]);
  },
  RUN_MS + AROUND_MS,
);
