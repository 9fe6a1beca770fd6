import { rmSync } from 'node:fs';
import type { Results } from './results';
import { startStack } from './stage';

/** From the supervisor's start until it says that everything answers: once with an empty data folder, once with that one again. */
export async function measureStart(
  temporalAddress: string | null,
  results: Results,
  count: number,
): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const first = await startStack(temporalAddress);
    results.time('start-first', first.startMs);
    await first.stop();
    const later = await startStack(temporalAddress, first.env);
    results.time('start-later', later.startMs);
    await later.stop();
    rmSync(first.dataDir, { recursive: true, force: true });
  }
}
