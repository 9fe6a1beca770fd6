import { setTimeout as pause } from 'node:timers/promises';
import type { ScriptedNode } from './support/scripted-node';
import { World, type Member } from './support/world';

/** A few sessions a run. */
const SUGGEST_AFTER_EVENTS = 60;
const CYCLES = 30;
/** An encoder comes back once the key is idle, mostly; not in step with the runs. */
const pauseMs = (cycle: number) => 60 + (cycle % 7) * 15;
const FEWEST_RUNS = 4;

/** A publish that is refused leaves no trace in a history: nothing that it would explain may be found there. */
describe('an idle key that is asked just when it has grown long', () => {
  let world: World;
  let node: ScriptedNode;
  let member: Member;

  beforeAll(async () => {
    const dynamicConfig = { 'limit.historyCount.suggestContinueAsNew': SUGGEST_AFTER_EVENTS };
    world = await World.start({ private: true, temporal: 'dev', dynamicConfig });
    node = await world.node('n1');
    member = await world.member();
  }, 60_000);
  afterAll(() => world.stop(), 60_000);

  it('hands over in a way that replays', async () => {
    for (let cycle = 1; cycle <= CYCLES; cycle += 1) {
      const session = await node.publish(member);
      expect(session.epoch).toBe(cycle);
      await node.stop(member, session);
      await pause(pauseMs(cycle));
    }
    expect(await world.replayAll()).toBeGreaterThanOrEqual(FEWEST_RUNS);
  }, 120_000);
});
