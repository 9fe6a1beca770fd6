import { isPathSafeId } from '../../../src/domain/ids';
import { routeOf } from '../../../src/playback/route';
import { must, type Kind } from '../kind';
import { mutateBytes } from '../mutate-bytes';

export const URLS = [
  '/time',
  '/healthz',
  '/egress/name-1.flv',
  '/live/name-1/master.m3u8',
  '/live/name-1/v720.m3u8?_HLS_msn=3&_HLS_part=1',
  '/live/name-1/manifest.mpd',
  '/live/name-1/0/v720/init.mp4',
  '/live/name-1/12/audio/00042.m4s',
  '/vod/post-1/master.m3u8',
  '/vod/post-1/original.mp4',
  '/vod/post-1/3/source/0000001.m4s',
  '/live/../../etc/passwd',
  '/live/%2e%2e/%00/x.flv',
];

/** Everything of a route that may become part of a path. */
function names(route: ReturnType<typeof routeOf>): string[] {
  return Object.entries(route).flatMap(([name, value]) =>
    ['name', 'post', 'track'].includes(name) && typeof value === 'string' ? [value] : [],
  );
}

/** URLs: each has a route or none, and what a route carries is safe in a path. */
export async function routes(): Promise<Kind> {
  return {
    name: 'routes',
    make: (dice) => [mutateBytes(Buffer.from(dice.pick(URLS)), dice)],
    run: async ([bytes]) => {
      const route = routeOf(bytes!.toString('latin1'));
      if (route.kind === 'none') return;
      must(names(route).every(isPathSafeId), `a name that is not safe: ${JSON.stringify(route)}`);
      if ('file' in route)
        must(/^[A-Za-z0-9][A-Za-z0-9-]*\.(m3u8|mpd|mp4|m4s)$/.test(route.file), `a file: ${route.file}`);
      if ('part' in route) must(Number.isInteger(route.part) && route.part >= 0, `a part: ${route.part}`);
    },
    atRest: async () => undefined,
    close: async () => undefined,
  };
}
