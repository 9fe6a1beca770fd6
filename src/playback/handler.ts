import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Admission } from '../domain/access-gate';
import type { Logger } from '../logger';
import { MEDIA_TYPES, type MediaExtension } from '../domain/post-files';
import type { StorageLayout } from '../storage/layout';
import { askedOf, resourceOf, type Asked } from './asked';
import { enter } from './door';
import type { FlvViewers } from './flv-viewers';
import { serveFlv } from './http-flv';
import { passBase, withBaseUrl, type PassBase } from './mpd-base';
import type { AccessGate, LivePlaylists, PlaybackMedia } from './ports';
import {
  ALLOWED_METHODS,
  CACHE_FOREVER,
  CACHE_HOUR,
  CACHE_NEVER,
  CACHE_PRIVATE,
  CACHE_REVALIDATE,
  fail,
  preflight,
  sandbox,
  setCommonHeaders,
  text,
} from './respond';
import type { Route } from './route';
import type { UploadDoor } from './uploads/door';
import { cmafType, movieType, sendFile, TYPES } from './send-file';
import { whenThere, type VodSource } from './vod-source';

/** Of a VOD, beside its master playlist. */
const MANIFEST = 'manifest.mpd';

export interface HandlerParts {
  media: PlaybackMedia;
  access: AccessGate;
  layout: StorageLayout;
  vod: VodSource;
  viewers: FlvViewers;
  log: Logger;
  /** As viewers reach us, without a slash at the end. Absent: as each of them does. */
  publicBase?: string;
  /** Null: no uploads here. */
  uploads: UploadDoor | null;
}

type Exchange = [req: IncomingMessage, res: ServerResponse];

/** Answers one request, whatever it is. Never rejects. */
export async function handle(parts: HandlerParts, ...[req, res]: Exchange): Promise<void> {
  try {
    setCommonHeaders(res);
    const asked = askedOf(req.url ?? '');
    const { route } = asked;
    if (route.kind === 'upload' && parts.uploads) return await parts.uploads.serve(req, res, route);
    if (hasBody(req)) res.setHeader('Connection', 'close');
    if (route.kind === 'none') return fail(req, res, route.status);
    if (req.method === 'OPTIONS') return preflight(res);
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', ALLOWED_METHODS);
      return fail(req, res, 405);
    }
    await admit(parts, asked, route, req, res);
  } catch (error) {
    parts.log.error({ err: error }, 'a playback request failed');
    fail(req, res, 500);
  }
}

/** Nobody sends us anything: a body is not read, the connection ends with the answer. */
const hasBody = (req: IncomingMessage): boolean =>
  req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;

/** Nothing of a resource is looked for before its viewer is let in. */
async function admit(parts: HandlerParts, asked: Asked, route: Route, ...exchange: Exchange): Promise<void> {
  const resource = resourceOf(route);
  const admission = resource ? await enter(parts.access, asked, resource, ...exchange) : EVERYBODY;
  if (!admission) return;
  // What stands behind a pass is one viewer's, also after it has become public.
  const isPublic = admission.isPublic && asked.pass === null;
  const keep = (cache: string) => (isPublic ? cache : CACHE_PRIVATE);
  const base = asked.pass === null ? null : passBase(parts.publicBase, exchange[0], asked.pass);
  await serve({ ...parts, admission, keep, base }, route, ...exchange);
}

const EVERYBODY: Admission = { isPublic: true, watch: () => () => undefined };

/** What one answer needs. */
interface Serving extends HandlerParts {
  admission: Admission;
  /** How long a cache may keep it, given how long where it is public. */
  keep: (cache: string) => string;
  /** Null: the viewer came without a pass. */
  base: PassBase | null;
}

async function serve(parts: Serving, route: Route, ...exchange: Exchange): Promise<void> {
  switch (route.kind) {
    case 'time':
      return text(...exchange, { body: new Date().toISOString(), type: TYPES.plain, cache: CACHE_NEVER });
    case 'health':
      return text(...exchange, { body: 'ok\n', type: TYPES.plain, cache: CACHE_NEVER });
    case 'upload':
      return fail(...exchange, 404);
    case 'flv':
      return serveFlv(...exchange, route.name, parts);
    case 'vod-file':
      if (parts.base && route.file === MANIFEST)
        return sendVodManifest(parts, route.post, parts.base, ...exchange);
      return sendVodFile(parts, parts.layout.vodDir(route.post), route.file, ...exchange);
    case 'vod-segment': {
      const path = await parts.vod.segmentFile(route.post, route);
      return serveSegment(parts, path, route, ...exchange);
    }
    case 'ladder-file':
      return sendVodFile(parts, parts.layout.ladderDir(route.post), route.file, ...exchange);
    case 'ladder-segment': {
      const path = join(parts.layout.ladderDir(route.post), route.track, route.file);
      return serveSegment(parts, path, route, ...exchange);
    }
    default:
      return serveLive(parts, route, ...exchange);
  }
}

type LiveRoute = Extract<Route, { kind: 'master' | 'media' | 'manifest' | 'segment' }>;

async function serveLive(parts: Serving, route: LiveRoute, ...exchange: Exchange): Promise<void> {
  const playlists = parts.media.playlists(route.name);
  if (!playlists) return fail(...exchange, 404);
  if (route.kind === 'segment') return serveSegment(parts, livePath(playlists, route), route, ...exchange);
  const body = await playlistOf(playlists, route);
  // An unknown track stays unknown; a broadcast whose first segment is late does not, and players try again on 503.
  if (body === null) return fail(...exchange, route.kind === 'media' ? 404 : 503);
  const cache = parts.keep(CACHE_REVALIDATE);
  if (route.kind !== 'manifest') return text(...exchange, { body, type: TYPES.hls, cache });
  const mpd = parts.base ? withBaseUrl(body, `${parts.base.url}/live/${route.name}/`) : body;
  text(...exchange, { body: mpd, type: TYPES.dash, cache });
}

function playlistOf(
  playlists: LivePlaylists,
  route: Exclude<LiveRoute, { kind: 'segment' }>,
): Promise<string | null> {
  if (route.kind === 'master') return playlists.master();
  return route.kind === 'manifest' ? playlists.mpd() : playlists.media(route.track);
}

function livePath(playlists: LivePlaylists, route: Extract<Route, { kind: 'segment' }>): string | null {
  if (route.file === 'init.mp4') return playlists.initFile(route.part, route.track);
  return playlists.segmentFile(route.part, route.track, route.file);
}

function serveSegment(
  parts: Serving,
  path: string | null,
  { track, file }: { track: string; file: string },
  ...exchange: Exchange
): void {
  if (path === null) return fail(...exchange, 404);
  sendFile(...exchange, { path, type: cmafType(track, file), cache: parts.keep(CACHE_FOREVER) }, parts.log);
}

function sendVodFile(parts: Serving, dir: string, file: string, ...exchange: Exchange): void {
  const type = fileType(file);
  const isPlaylist = type === TYPES.dash || type === TYPES.hls;
  const cache = parts.keep(isPlaylist ? CACHE_REVALIDATE : CACHE_HOUR);
  if (!isPlaylist) endWithAdmission(parts.admission, exchange[1]);
  sandbox(exchange[1]);
  sendFile(...exchange, { path: join(dir, file), type, cache }, parts.log);
}

/** It says where this viewer's segments are; small, since equal segments are written once with a count. */
async function sendVodManifest(
  parts: Serving,
  post: string,
  base: PassBase,
  ...exchange: Exchange
): Promise<void> {
  const mpd = await whenThere(readFile(join(parts.layout.vodDir(post), MANIFEST), 'utf8'));
  if (mpd === null) return fail(...exchange, 404);
  const body = withBaseUrl(mpd, `${base.url}/vod/${post}/`);
  sandbox(exchange[1]);
  text(...exchange, { body, type: TYPES.dash, cache: parts.keep(CACHE_REVALIDATE) });
}

/** A film's download takes as long as its viewer likes: it ends where the viewer may watch no longer. */
function endWithAdmission(admission: Admission, res: ServerResponse): void {
  res.once(
    'close',
    admission.watch(() => res.destroy()),
  );
}

/** What has our own name has the type that its end says: uploads were named by what was found in them. */
function fileType(file: string): string {
  const end = file.slice(file.lastIndexOf('.') + 1);
  if (end === 'mpd') return TYPES.dash;
  if (end === 'm3u8') return TYPES.hls;
  return end === 'mp4' ? movieType(file) : MEDIA_TYPES[end as MediaExtension];
}
