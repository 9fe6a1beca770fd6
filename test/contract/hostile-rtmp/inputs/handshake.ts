import { randomBytes } from 'node:crypto';
import { fate } from '../attack';
import type { HostileInput, Target } from '../target';

/** First bytes that are no handshake. `thenFin`: and the client closes its half. */
function firstBytes(name: string, bytes: Buffer, thenFin = false): HostileInput {
  const attack = async (target: Target) => {
    const client = await target.open({ allowHalfOpen: thenFin });
    client.send(bytes);
    if (thenFin) client.socket.end();
    return fate(target, [client]);
  };
  return { name, theme: 'handshake', ours: 'closed', attack };
}

const HALF_A_HANDSHAKE = Buffer.concat([Buffer.from([3]), Buffer.alloc(500)]);
const NOISE_CLIENTS = 50;

export const HANDSHAKE: HostileInput[] = [
  firstBytes('64 KB of noise as first bytes', Buffer.concat([Buffer.from([9]), randomBytes(65_535)])),
  {
    name: `${NOISE_CLIENTS} times a handshake and 8 KB of noise`,
    theme: 'handshake',
    ours: 'closed',
    attack: async (target) => {
      const clients = await Promise.all(Array.from({ length: NOISE_CLIENTS }, () => target.open()));
      for (const client of clients) {
        client.handshake();
        client.send(randomBytes(8_192));
      }
      return fate(target, clients);
    },
  },
  firstBytes('an HTTP request at the RTMP port', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')),
  firstBytes('RTMP version 0x50', Buffer.concat([Buffer.from([0x50]), Buffer.alloc(3_072, 1)])),
  firstBytes('a truncated handshake, held', HALF_A_HANDSHAKE),
  firstBytes('a truncated handshake, then FIN', HALF_A_HANDSHAKE, true),
];
