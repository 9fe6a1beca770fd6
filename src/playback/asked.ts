import type { MediaKind } from '../domain/access-gate';
import { routeOf, type NoRoute, type Route } from './route';

/** `/p/<pass>` before the path of a resource: see src/access/pass.ts. Longer ones are none of ours. */
const PASS_PATH = /^\/p\/([0-9a-f]{1,128})(\/.*)$/;
const TOKEN_PARAMETER = 'streamingToken';

/** One request's URL, taken apart. */
export interface Asked {
  route: Route | NoRoute;
  /** What stood in the path; null: nothing did. */
  pass: string | null;
  /** The streaming token of the query; null where there is none. */
  token: string | null;
  /** Path and query without pass and token. Not checked: see `route`. */
  plain: string;
}

export function askedOf(url: string): Asked {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const [, pass = null, rest = path] = path.startsWith('/p/') ? (PASS_PATH.exec(path) ?? []) : [];
  const query = mark < 0 ? [] : url.slice(mark + 1).split('&');
  const isToken = (part: string): boolean => part.startsWith(`${TOKEN_PARAMETER}=`);
  const others = query.filter((part) => !isToken(part));
  const token = new URLSearchParams(query.find(isToken)).get(TOKEN_PARAMETER);
  // The length of the whole URL counts, and so it goes through as it came.
  const route = pass === null ? routeOf(url) : routeOf(url.slice(path.length - rest.length));
  return { route, pass, token, plain: others.length > 0 ? `${rest}?${others.join('&')}` : rest };
}

/** Whose access a route asks for; null: everybody's. */
export function resourceOf(route: Route): { kind: MediaKind; name: string } | null {
  if ('name' in route) return { kind: 'live', name: route.name };
  if ('post' in route) return { kind: 'vod', name: route.post };
  return null;
}
