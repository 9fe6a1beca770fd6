import type { StreamKeyState } from '../../src/domain/stream-key/machine';
import type { RoomState } from '../../src/domain/video-room/machine';
import { expectAtRest } from './world/at-rest';
import { STARTS } from './world/starts';
import { NODES, World } from './world/world';

/** The races that design.md names, each as one story over the real ledgers. */

const keyState = (world: World): StreamKeyState => world.key.ledger.state.snapshot.state;
const roomState = (world: World, index = 0): RoomState => world.rooms[index]!.ledger.state;
const states = (world: World) => [keyState(world), roomState(world)];

function at(start: keyof typeof STARTS): World {
  const world = new World();
  STARTS[start](world);
  return world;
}

function rest(world: World): World {
  world.drain();
  expectAtRest(world);
  return world;
}

const writeAll = (world: World): void => {
  while (world.write(0));
};

describe('a session that is over', () => {
  test('its late unpublish does not end the next session', () => {
    const world = at('live');
    world.node.end(world.node.alive[0]!, 'connection_lost');
    world.wire.deliverNamed('unpublish s1', true);
    world.publish(NODES[0]!, false, 1);
    world.wire.deliverNamed('publish s2');
    world.wire.deliverNamed('unpublish s1');
    expect(states(rest(world))).toEqual(['ACTIVE_LIVE_PREP', 'LIVE_INACTIVE']);
    expect(world.key.ledger.state.ignored).toEqual({ ingestStopped: 2 });
  });

  test('its unpublish overtakes its publish: the publish is refused', () => {
    const world = at('nothing');
    world.publish(NODES[0]!, false, 1);
    world.node.end(world.node.alive[0]!, 'client_closed');
    world.wire.deliverNamed('unpublish s1');
    world.wire.deliverNamed('publish s1');
    world.wire.deliverNamed('refusal s1');
    expect(keyState(rest(world))).toBe('INACTIVE');
  });

  test('its publish was answered too late: the unpublish that follows frees the key', () => {
    const world = at('publishing');
    world.wire.deliverNamed('publish s1');
    world.node.end(world.node.alive[0]!, 'connection_lost');
    expect(keyState(rest(world))).toBe('INACTIVE');
  });

  test.each([['manifest', 'unpublish'] as const, ['unpublish', 'manifest'] as const])(
    '%s first, then %s: one drop',
    (first, second) => {
      const world = at('live');
      world.node.end(world.node.alive[0]!, 'connection_lost');
      world.wire.deliverNamed(first);
      world.wire.deliverNamed(second);
      expect(states(rest(world))).toEqual(['INACTIVE_LIVE', 'LIVE_INACTIVE']);
      expect(world.rooms[0]!.ledger.transitionNumber).toBe(2);
    },
  );

  test('its lease was lost while it lives on: it is cut, and the next one goes on', () => {
    const world = at('live');
    world.loseLease();
    world.wire.deliverNamed('lease of s1 lost');
    world.wire.deliverNamed('cut s1');
    expect(states(rest(world))).toEqual(['INACTIVE_LIVE', 'LIVE_INACTIVE']);
  });

  test('it tells viewable after its end: nothing', () => {
    const world = at('preparing');
    world.viewable(world.node.alive[0]!);
    world.node.end(world.node.alive[0]!, 'connection_lost');
    world.wire.deliverNamed('unpublish s2');
    world.wire.deliverNamed('viewable s2');
    expect(states(rest(world))).toEqual(['INACTIVE_LIVE', 'LIVE_INACTIVE']);
  });
});

describe('going live', () => {
  test('a drop overtakes the grant: LIVE, then LIVE_INACTIVE', () => {
    const world = at('viewable');
    world.rooms[0]!.command('goLive');
    world.wire.deliverNamed('claim');
    world.node.end(world.node.alive[0]!, 'connection_lost');
    world.wire.deliverNamed('unpublish s1');
    world.wire.deliverNamed('INACTIVE_LIVE to room 1');
    expect(roomState(world)).toBe('SCHEDULED');
    expect(states(rest(world))).toEqual(['INACTIVE_LIVE', 'LIVE_INACTIVE']);
    expect(world.rooms[0]!.ledger.transitionNumber).toBe(2);
  });

  test('a forced end of the key overtakes the grant: LIVE, then ENDED', () => {
    const world = at('viewable');
    world.rooms[0]!.command('goLive');
    world.wire.deliverNamed('claim');
    world.terminateKey();
    world.wire.deliverNamed('force-terminate');
    world.wire.deliverNamed('INACTIVE to room 1');
    expect(states(rest(world))).toEqual(['INACTIVE', 'ENDED']);
    expect(world.rooms[0]!.ledger.forciblyTerminated).toBe(true);
  });

  test('a forced end of the room overtakes its own claim: the claim is refused, the room is CANCELLED', () => {
    const world = at('viewable');
    world.rooms[0]!.command('goLive');
    world.rooms[0]!.command('forceEnd');
    world.wire.deliverNamed('forceEnd');
    expect(states(rest(world))).toEqual(['ACTIVE', 'CANCELLED']);
  });

  test('a forced end of the room after its grant: LIVE, then ENDED, whichever answer is first', () => {
    const world = at('viewable');
    world.rooms[0]!.command('goLive');
    world.wire.deliverNamed('claim');
    world.rooms[0]!.command('forceEnd');
    world.wire.deliverNamed('forceEnd');
    writeAll(world);
    world.wire.deliverNamed('answer to forceEnd');
    expect(states(rest(world))).toEqual(['INACTIVE', 'ENDED']);
  });

  test('two forced ends after a grant whose answer is still on its way', () => {
    const world = at('viewable');
    world.rooms[0]!.command('goLive');
    world.wire.deliverNamed('claim');
    world.rooms[0]!.command('forceEnd');
    world.rooms[0]!.command('forceEnd');
    world.wire.deliverNamed('forceEnd');
    world.wire.deliverNamed('forceEnd');
    writeAll(world);
    world.wire.deliverNamed('answer to forceEnd:room-1:3');
    expect(states(rest(world))).toEqual(['INACTIVE', 'ENDED']);
  });

  test('the next room goes live before the earlier end is written: its LIVE waits for that', () => {
    const world = at('dropped');
    world.rooms[0]!.command('endBroadcast');
    world.wire.deliverNamed('release');
    world.key.writeNext();
    world.wire.deliverNamed('answer to release');
    expect(roomState(world)).toBe('ENDED');
    world.publish(NODES[0]!, false, 1);
    world.wire.deliverNamed('publish s2');
    world.wire.deliverNamed('grant s2');
    world.viewable(world.node.alive[0]!);
    world.wire.deliverNamed('viewable s2');
    world.rooms[1]!.command('goLive');
    world.wire.deliverNamed('claim:room-2');
    while (world.key.writes.next) world.key.writeNext();
    world.wire.deliverNamed('answer to claim:room-2');
    expect([roomState(world, 1), world.rooms[1]!.writes.state]).toEqual(['LIVE', 'SCHEDULED']);
    rest(world);
    expect([world.rooms[0]!.writes.state, world.rooms[1]!.writes.state]).toEqual(['ENDED', 'LIVE']);
  });
});

describe('ending', () => {
  /** The encoder comes back and is lost again while the release is on its way; the room hears of the return only. */
  function releasedWhileItLooksLive(ask: (world: World) => void): World {
    const world = at('dropped');
    ask(world);
    world.publish(NODES[0]!, false, 1);
    world.wire.deliverNamed('publish s2');
    world.wire.deliverNamed('grant s2');
    world.viewable(world.node.alive[0]!);
    world.wire.deliverNamed('viewable s2');
    world.node.end(world.node.alive[0]!, 'connection_lost');
    world.wire.deliverNamed('unpublish s2');
    world.wire.deliverNamed(askedName(world));
    writeAll(world);
    world.wire.deliverNamed('ACTIVE_LIVE_PREP to room 1');
    world.wire.deliverNamed('ACTIVE_LIVE to room 1');
    expect(states(world)).toEqual(['INACTIVE', 'LIVE']);
    world.wire.deliverNamed('answer to');
    return rest(world);
  }
  const askedName = (world: World): string =>
    world.wire.flights.find(({ what }) => /^(release|window):room-1/.test(what))!.what;

  test('released while the room still believes the encoder is back: it ends all the same', () => {
    const world = releasedWhileItLooksLive((it) => it.rooms[0]!.command('endBroadcast'));
    expect(states(world)).toEqual(['INACTIVE', 'ENDED']);
  });

  test('the same when the reconnect window ran out', () => {
    const world = releasedWhileItLooksLive((it) => it.rooms[0]!.windowExpired());
    expect(states(world)).toEqual(['INACTIVE', 'ENDED']);
  });

  test.each([
    ['end', (world: World) => world.rooms[0]!.command('endBroadcast')],
    ['window', (world: World) => world.rooms[0]!.windowExpired()],
  ])(
    'the key is force-ended while the room asks for its release (%s): a forced end, no recording',
    (_, ask) => {
      const world = at('dropped');
      ask(world);
      world.terminateKey();
      world.wire.deliverNamed('force-terminate');
      world.wire.deliverNamed(askedName(world));
      writeAll(world);
      world.wire.deliverNamed('answer to');
      expect(states(rest(world))).toEqual(['INACTIVE', 'ENDED']);
      expect(world.rooms[0]!.ledger.forciblyTerminated).toBe(true);
    },
  );

  test('the window runs out while the encoder prepares, and it falls back: the key releases and tells', () => {
    const world = at('preparing');
    world.rooms[0]!.windowExpired();
    world.wire.deliverNamed('window');
    world.node.end(world.node.alive[0]!, 'not_viewable');
    expect(states(rest(world))).toEqual(['INACTIVE', 'ENDED']);
  });

  test('the window runs out while the encoder prepares, and it makes it: the show goes on', () => {
    const world = at('preparing');
    world.rooms[0]!.windowExpired();
    world.wire.deliverNamed('window');
    world.viewable(world.node.alive[0]!);
    expect(states(rest(world))).toEqual(['ACTIVE_LIVE', 'LIVE']);
    world.node.end(world.node.alive[0]!, 'connection_lost');
    expect(states(rest(world))).toEqual(['INACTIVE_LIVE', 'LIVE_INACTIVE']);
  });

  test('an end that is asked while the encoder is back is refused, and the room may be ended later', () => {
    const world = at('preparing');
    world.rooms[0]!.command('endBroadcast');
    expect(states(rest(world))).toEqual(['ACTIVE_LIVE_PREP', 'LIVE_INACTIVE']);
    world.node.end(world.node.alive[0]!, 'client_closed');
    rest(world);
    world.rooms[0]!.command('endBroadcast');
    expect(states(rest(world))).toEqual(['INACTIVE', 'ENDED']);
  });

  test('a forced end cuts, rotates, and the old key is refused from that instant', () => {
    const world = at('live');
    world.rooms[0]!.command('forceEnd');
    world.wire.deliverNamed('forceEnd');
    world.publish(NODES[1]!, false, 1);
    world.wire.deliverNamed('publish s2');
    world.wire.deliverNamed('refusal s2');
    expect(states(rest(world))).toEqual(['INACTIVE', 'ENDED']);
    expect([world.rowVersion, world.node.alive]).toEqual([2, []]);
    world.publish(NODES[0]!, false, 2);
    expect(keyState(rest(world))).toBe('ACTIVE_PREP');
  });

  test('a forced end passes by a waiting end, which finds the room ended', () => {
    const world = at('live');
    world.rooms[0]!.command('endBroadcast');
    expect(world.rooms[0]!.ledger.pending).toBe('endBroadcast');
    world.rooms[0]!.command('forceEnd');
    rest(world);
    expect([...states(world), world.rooms[0]!.ledger.pending]).toEqual(['INACTIVE', 'ENDED', null]);
  });
});

describe('takeovers', () => {
  test('a silent holder is superseded in one step and cut; its messages change nothing any more', () => {
    const world = at('live');
    world.publish(NODES[0]!, true, 1);
    world.wire.deliverNamed('publish s2');
    expect(keyState(world)).toBe('ACTIVE_LIVE_PREP');
    world.wire.deliverNamed('cut s1');
    expect(states(rest(world))).toEqual(['ACTIVE_LIVE_PREP', 'LIVE_INACTIVE']);
  });

  test('another node is refused while the holder lives', () => {
    const world = at('live');
    world.publish(NODES[1]!, false, 1);
    expect(states(rest(world))).toEqual(['ACTIVE_LIVE', 'LIVE']);
  });

  test('a second takeover within 30 s is refused, a later one is not', () => {
    const world = at('publishing');
    world.drain();
    world.publish(NODES[0]!, true, 1);
    world.drain();
    world.publish(NODES[0]!, true, 1);
    world.drain();
    expect(world.key.ledger.state.session?.sessionId).toBe('s2');
    world.nowMs += 30_000;
    world.publish(NODES[0]!, true, 1);
    world.drain();
    expect(world.key.ledger.state.session?.sessionId).toBe('s4');
    expectAtRest(world);
  });

  test('the key changes reach the room in the wrong order: the newest one holds', () => {
    const world = at('live');
    world.publish(NODES[0]!, true, 1);
    world.wire.deliverNamed('publish s2');
    world.wire.deliverNamed('ACTIVE_LIVE_PREP to room 1');
    world.wire.deliverNamed('INACTIVE_LIVE to room 1');
    expect(states(rest(world))).toEqual(['ACTIVE_LIVE_PREP', 'LIVE_INACTIVE']);
  });
});
