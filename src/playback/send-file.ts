import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, dirname } from 'node:path';
import send from 'send';
import type { Logger } from '../logger';
import { fail } from './respond';

export const TYPES = {
  hls: 'application/vnd.apple.mpegurl',
  dash: 'application/dash+xml',
  mp4: 'video/mp4',
  flv: 'video/x-flv',
  plain: 'text/plain; charset=utf-8',
} as const;

/** The type of a CMAF file by its track and name. */
export function cmafType(track: string, file: string): string {
  if (track.startsWith('audio')) return 'audio/mp4';
  return file === 'init.mp4' ? TYPES.mp4 : 'video/iso.segment';
}

/** The type of a movie: the one without a picture is named for it. */
export const movieType = (file: string): string => (file.startsWith('audio') ? 'audio/mp4' : TYPES.mp4);

/**
 * Sends a file of ours with HEAD, byte ranges and revalidation; 404 where it is not there.
 * `path` is absolute and was made by StorageLayout, never by the request.
 */
export function sendFile(
  req: IncomingMessage,
  res: ServerResponse,
  file: { path: string; type: string; cache: string },
  log: Logger,
): void {
  res.setHeader('Content-Type', file.type);
  res.setHeader('Cache-Control', file.cache);
  // The folder goes in as the root: dots in its own path are none of the request's.
  send(req, encodeURIComponent(basename(file.path)), {
    root: dirname(file.path),
    index: false,
    cacheControl: false,
    dotfiles: 'deny',
  })
    .on('error', (error: { status?: number; headers?: Record<string, string> }) => {
      const status = error.status ?? 500;
      if (status >= 500) log.error({ err: error }, 'a file could not be sent');
      const range = error.headers?.['Content-Range'];
      if (range && !res.headersSent) res.setHeader('Content-Range', range);
      fail(req, res, status);
    })
    .on('directory', () => fail(req, res, 404))
    .pipe(res);
}
