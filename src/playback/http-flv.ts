import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Admission } from '../domain/access-gate';
import { FlvViewer } from './flv-viewer';
import type { FlvViewers } from './flv-viewers';
import { TCP_KEEP_ALIVE_MS } from './limits';
import type { PlaybackMedia } from './ports';
import { CACHE_NEVER, fail } from './respond';
import { TYPES } from './send-file';

/**
 * `GET /egress/<name>.flv`: the stream without end, until its feed closes, the viewer leaves, or may not watch any longer.
 */
export function serveFlv(
  req: IncomingMessage,
  res: ServerResponse,
  name: string,
  parts: { media: PlaybackMedia; viewers: FlvViewers; admission: Admission; keep: (cache: string) => string },
): void {
  const { media, viewers, admission } = parts;
  // Queued behind an answer that is still being sent (pipelining): an endless one would only fill memory.
  if (!res.socket) return fail(req, res, 400);
  const feed = media.feed(name);
  if (!feed) return fail(req, res, 404);
  const place = req.method === 'HEAD' ? () => undefined : viewers.take(req.socket.remoteAddress);
  if (typeof place === 'string') return fail(req, res, place === 'total' ? 503 : 429);
  res.setHeader('Content-Type', TYPES.flv);
  res.setHeader('Cache-Control', parts.keep(CACHE_NEVER));
  res.setHeader('Connection', 'close');
  // A proxy that collects the stream before passing it on would never pass anything on.
  res.setHeader('X-Accel-Buffering', 'no');
  res.writeHead(200);
  if (req.method === 'HEAD') {
    res.end();
    return;
  }
  // Nothing is sent over a drop, up to 15 minutes: the feed decides when that is too long, TCP whether anybody is there.
  req.socket.setTimeout(0);
  req.socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
  res.flushHeaders();
  const viewer = new FlvViewer(res);
  viewers.add(viewer);
  const leave = feed.subscribe(viewer);
  const unwatch = admission.watch(() => viewer.close('refused'));
  res.once('close', () => {
    unwatch();
    leave();
    viewers.remove(viewer);
    place();
  });
}
