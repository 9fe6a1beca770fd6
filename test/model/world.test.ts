import fc from 'fast-check';
import { expectAtRest } from './world/at-rest';
import { STARTS } from './world/starts';
import { NODES, World } from './world/world';

/**
 * The rules of both workflows together with all that is on its way between them: messages arrive late, twice and in any
 * order, leases are lost, encoders come and go, people press buttons. The real ledgers decide.
 */

type Step = (world: World, pick: number) => void;

const STEPS: Record<string, Step> = {
  deliver: (world, pick) => void world.wire.deliver(pick, false),
  deliverNext: (world) => void world.wire.deliver(0, false),
  deliverAndKeep: (world, pick) => void world.wire.deliver(pick, true),
  write: (world, pick) => void world.write(pick),
  publish: (world, pick) => world.publish(NODES[0]!, pick % 4 === 0, world.rowVersion),
  publishElsewhere: (world) => world.publish(NODES[1]!, false, world.rowVersion),
  publishWithFirstKey: (world) => world.publish(NODES[0]!, true, 1),
  viewable: (world) => world.node.alive.forEach((session) => world.viewable(session)),
  drop: (world, pick) => {
    const { alive } = world.node;
    if (alive.length > 0) world.node.end(alive[pick % alive.length]!, 'connection_lost');
  },
  loseLease: (world) => world.loseLease(),
  terminateKey: (world) => world.terminateKey(),
  goLive: (world, pick) => roomOf(world, pick).command('goLive'),
  endBroadcast: (world, pick) => roomOf(world, pick).command('endBroadcast'),
  forceEnd: (world, pick) => roomOf(world, pick).command('forceEnd'),
  cancel: (world, pick) => roomOf(world, pick).command('cancel'),
  windowExpired: (world) => world.rooms.forEach((room) => room.windowExpired()),
  stopWaitRanOut: (world) => world.rooms.forEach((room) => room.stopWaitRanOut()),
  wait: (world) => void (world.nowMs += 40_000),
};

const roomOf = (world: World, pick: number) => world.rooms[pick % world.rooms.length]!;

/** Progress is drawn more often than trouble, or no run would ever get as far as a live room. */
const WEIGHTS: Partial<Record<keyof typeof STEPS, number>> = {
  deliverNext: 12,
  deliver: 4,
  write: 6,
  publish: 3,
  viewable: 4,
  goLive: 3,
  drop: 2,
};

const step = fc.oneof(
  ...Object.keys(STEPS).map((name) => ({
    weight: WEIGHTS[name] ?? 1,
    arbitrary: fc.record({ name: fc.constant(name), pick: fc.nat(30) }),
  })),
);

const start = fc.constantFrom(...(Object.keys(STARTS) as (keyof typeof STARTS)[]));

function run(from: keyof typeof STARTS, steps: readonly { name: string; pick: number }[]): World {
  const world = new World();
  STARTS[from](world);
  for (const { name, pick } of steps) STEPS[name]!(world, pick);
  return world;
}

/** Some 4 s. `MODEL_RUNS=200000` looks longer, before a change of the rules is trusted. */
const RUNS = Number(process.env.MODEL_RUNS ?? 4_000);

describe('key, rooms and nodes together, in any order of their messages', () => {
  test('at rest: one live room, held by its key; nobody publishes whom the key does not know', () => {
    fc.assert(
      fc.property(start, fc.array(step, { minLength: 1, maxLength: 60 }), (from, steps) => {
        const world = run(from, steps);
        world.drain();
        world.rooms.forEach((room) => room.stopWaitRanOut());
        world.drain();
        expectAtRest(world);
        expect(world.rooms.map(({ ledger }) => ledger.pending)).toEqual([null, null, null]);
      }),
      { numRuns: RUNS },
    );
  });

  test('the runs are worth something: they reach every state of both machines', () => {
    const seen = new Set<string>();
    for (const steps of fc.sample(fc.array(step, { minLength: 60, maxLength: 160 }), {
      numRuns: 400,
      seed: 1,
    })) {
      const world = new World();
      for (const { name, pick } of steps) {
        STEPS[name]!(world, pick);
        seen.add(world.key.ledger.state.snapshot.state);
        for (const room of world.rooms) seen.add(`room ${room.ledger.state}`);
      }
    }
    expect([...seen].sort()).toEqual([
      'ACTIVE',
      'ACTIVE_LIVE',
      'ACTIVE_LIVE_PREP',
      'ACTIVE_PREP',
      'INACTIVE',
      'INACTIVE_LIVE',
      'room CANCELLED',
      'room ENDED',
      'room LIVE',
      'room LIVE_INACTIVE',
      'room SCHEDULED',
    ]);
  });
});
