import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { pino } from 'pino';
import type { Feed } from '../../src/media/contract';
import { createPlayback, type LivePlaylists, type Playback, type PlaybackLimits } from '../../src/playback';
import { StorageLayout } from '../../src/storage/layout';
import { OPEN_GATE } from '../support/open-gate';

/** A playback server on a free port, over names that the test fills in. */
export interface Stand {
  base: string;
  port: number;
  playback: Playback;
  layout: StorageLayout;
  feeds: Map<string, Feed>;
  playlists: Map<string, LivePlaylists>;
}

export async function openStand(root: string, limits?: Partial<PlaybackLimits>): Promise<Stand> {
  const feeds = new Map<string, Feed>();
  const playlists = new Map<string, LivePlaylists>();
  const layout = new StorageLayout(root);
  const playback = createPlayback({
    host: '127.0.0.1',
    port: 0,
    access: OPEN_GATE,
    layout,
    limits,
    log: pino({ level: 'fatal' }),
    media: { feed: (name) => feeds.get(name) ?? null, playlists: (name) => playlists.get(name) ?? null },
  });
  const port = await playback.listen();
  return { base: `http://127.0.0.1:${port}`, port, playback, layout, feeds, playlists };
}

/** Sends bytes as they are and returns all that comes back until the server closes. */
export async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', (error) => chunks.push(Buffer.from(`socket: ${error.message}`)));
  socket.write(bytes);
  // Not events.once: a reset is an answer, too.
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString('latin1');
}

/** A viewer that asks and then does not read. */
export async function silentViewer(port: number, path: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  return socket;
}
