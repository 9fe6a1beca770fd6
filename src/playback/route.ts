import { isPathSafeId } from '../domain/ids';
import { MAX_URL_BYTES } from './limits';

/** What a path asks for. Everything in it is checked for shape here, so that later code may build paths of it. */
export type Route =
  | { kind: 'time' }
  | { kind: 'health' }
  | { kind: 'flv'; name: string }
  | { kind: 'upload'; upload: string; part: number }
  | { kind: 'master'; name: string }
  | { kind: 'media'; name: string; track: string }
  | { kind: 'manifest'; name: string }
  | ({ kind: 'segment'; name: string } & SegmentAddress)
  | { kind: 'vod-file'; post: string; file: string }
  | ({ kind: 'vod-segment'; post: string } & SegmentAddress)
  | { kind: 'ladder-file'; post: string; file: string }
  | { kind: 'ladder-segment'; post: string; track: string; file: string };

/** `<part>/<track>/<file>` below a presentation. */
export interface SegmentAddress {
  part: number;
  track: string;
  file: string;
}

export interface NoRoute {
  kind: 'none';
  status: 400 | 404 | 414;
}

/** Letters, digits and a few marks: none of our names need escapes, and what has some is not looked at further. */
const PLAIN_PATH = /^\/[A-Za-z0-9_.\-/]*$/;
const FLV = /^\/egress\/([^/]+)\.flv$/;
const PLAYLIST = /^\/(live|vod)\/([^/]+)\/([^/]+)\.(m3u8|mpd|mp4)$/;
const SEGMENT = /^\/(live|vod)\/([^/]+)\/(0|[1-9]\d{0,5})\/([^/]+)\/(init\.mp4|\d{1,10}\.m4s)$/;
/** Beside a VOD's playlists: what was uploaded, and pictures. Their ends are those of MEDIA_TYPES. */
const VOD_MEDIA =
  /^\/vod\/([^/]+)\/((?:original|(?:thumbnail|preview)(?:-\d{1,15})?)\.(?:mp4|m4a|mov|webm|mkv|ts|flv|jpg|png|webp))$/;
const UPLOAD = /^\/uploads\/([^/]+)\/([1-9]\d{0,3})$/;
const LADDER_FILE = /^\/vod\/([^/]+)\/ladder\/([^/]+)\.(m3u8|mp4)$/;
const LADDER_SEGMENT = /^\/vod\/([^/]+)\/ladder\/([^/]+)\/(init\.mp4|\d{1,10}\.m4s)$/;

const none = (status: NoRoute['status']): NoRoute => ({ kind: 'none', status });

/** Matches a request's URL as it stands on the wire. */
export function routeOf(url: string): Route | NoRoute {
  if (url.length > MAX_URL_BYTES) return none(414);
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  if (!PLAIN_PATH.test(path) || path.includes('//') || path.includes('..')) return none(400);
  if (path === '/time') return { kind: 'time' };
  if (path === '/healthz') return { kind: 'health' };
  return (
    flvRoute(path) ??
    uploadRoute(path) ??
    segmentRoute(path) ??
    ladderRoute(path) ??
    vodMediaRoute(path) ??
    playlistRoute(path) ??
    none(404)
  );
}

function flvRoute(path: string): Route | null {
  const name = FLV.exec(path)?.[1];
  return name && isPathSafeId(name) ? { kind: 'flv', name } : null;
}

function uploadRoute(path: string): Route | null {
  const [, upload, part] = UPLOAD.exec(path) ?? [];
  return upload && isPathSafeId(upload) ? { kind: 'upload', upload, part: Number(part) } : null;
}

function vodMediaRoute(path: string): Route | null {
  const [, post, file] = VOD_MEDIA.exec(path) ?? [];
  return post && file && isPathSafeId(post) ? { kind: 'vod-file', post, file } : null;
}

function segmentRoute(path: string): Route | null {
  const [, root, name, part, track, file] = SEGMENT.exec(path) ?? [];
  if (!root || !name || !part || !track || !file) return null;
  if (!isPathSafeId(name) || !isPathSafeId(track)) return null;
  const address = { part: Number(part), track, file };
  return root === 'live'
    ? { kind: 'segment', name, ...address }
    : { kind: 'vod-segment', post: name, ...address };
}

/** The renditions that are made after the end: their own playlists, movies and segments below the VOD's. */
function ladderRoute(path: string): Route | null {
  const [, post, track, file] = LADDER_SEGMENT.exec(path) ?? [];
  if (post && track && file && isPathSafeId(post) && isPathSafeId(track))
    return { kind: 'ladder-segment', post, track, file };
  const [, owner, stem, extension] = LADDER_FILE.exec(path) ?? [];
  if (!owner || !stem || !isPathSafeId(owner) || !isPathSafeId(stem)) return null;
  return { kind: 'ladder-file', post: owner, file: `${stem}.${extension}` };
}

function playlistRoute(path: string): Route | null {
  const [, root, name, stem, extension] = PLAYLIST.exec(path) ?? [];
  if (!root || !name || !stem || !extension) return null;
  if (!isPathSafeId(name) || !isPathSafeId(stem)) return null;
  const file = `${stem}.${extension}`;
  if (extension === 'mpd' && stem !== 'manifest') return null;
  if (root === 'vod') {
    if (extension === 'mp4' && stem !== 'original') return null;
    return { kind: 'vod-file', post: name, file };
  }
  if (extension === 'mp4') return null;
  if (extension === 'mpd') return { kind: 'manifest', name };
  return stem === 'master' ? { kind: 'master', name } : { kind: 'media', name, track: stem };
}
