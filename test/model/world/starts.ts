import { NODES, type World } from './world';

/** Where a run starts: most races are between things that happen to a room on air. */
export const STARTS = {
  nothing: () => {},
  publishing: (world: World) => world.publish(NODES[0]!, false, 1),
  viewable: (world: World) => {
    STARTS.publishing(world);
    world.drain();
    world.node.alive.forEach((session) => world.viewable(session));
    world.drain();
  },
  live: (world: World) => {
    STARTS.viewable(world);
    world.rooms[0]!.command('goLive');
    world.drain();
  },
  dropped: (world: World) => {
    STARTS.live(world);
    world.node.end(world.node.alive[0]!, 'connection_lost');
    world.drain();
  },
  preparing: (world: World) => {
    STARTS.dropped(world);
    world.publish(NODES[0]!, false, 1);
    world.drain();
  },
};
