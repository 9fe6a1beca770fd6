import { until } from '../../support/until';
import { usedBytes } from '../support/memory';
import { HOSTILE_INPUTS } from './inputs';
import { OurDoors } from './our-doors';
import type { Theme } from './target';
import { Witness } from './witness';

const SOON_MS = 10_000;
/** What a row may leave behind: code that was compiled, caches of the runtime. The rows themselves stretch to gigabytes. */
const LEFT_BEHIND_BYTES = 12 * 1024 * 1024;
const THEMES = [...new Set(HOSTILE_INPUTS.map((input) => input.theme))] as Theme[];

let target: OurDoors;
let witness: Witness;
beforeAll(async () => {
  target = await OurDoors.open();
  witness = await Witness.start(target);
});
afterAll(async () => {
  witness.stop();
  await target.doors.close();
});

/** Connections, sessions, feeds and viewers are the witness's own. */
async function backToBase(): Promise<void> {
  const { ingest, media, playback } = target.doors;
  await until(
    () =>
      ingest.connectionCount === Witness.connections &&
      ingest.sessions.list().length === 1 &&
      media.open === 1 &&
      media.viewers === Witness.viewers &&
      playback.flvViewers === 1,
    { timeoutMs: SOON_MS, what: 'nothing to be left but the witness' },
  );
}

test('there are 59 of them, each with a name of its own', () => {
  expect(new Set(HOSTILE_INPUTS.map((input) => input.name)).size).toBe(59);
});

describe.each(THEMES)('%s', (theme) => {
  test.each(HOSTILE_INPUTS.filter((input) => input.theme === theme))('$name', async (input) => {
    await backToBase();
    const before = usedBytes();
    const seen = await input.attack(target);
    target.endAll();
    expect(seen).toEqual({ connections: input.ours, harm: null });
    await backToBase();
    await witness.check();
    // Handles of closed sockets go a few turns of the event loop later.
    await until(() => usedBytes() - before < LEFT_BEHIND_BYTES, {
      timeoutMs: SOON_MS,
      what: 'memory to be back',
    });
    expect(target.doors.errors.splice(0)).toEqual([]);
  });
});
