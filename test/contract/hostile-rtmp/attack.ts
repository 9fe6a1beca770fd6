import { amf, message, type RtmpClient } from '../../support/rtmp-client';
import { until } from '../../support/until';
import { observed, type HostileInput, type Observed, type Target, type Theme } from './target';

/** Steps that many attacks share. */

export const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

export const command = (body: Buffer, streamId = 0): Buffer => message({ type: 20, streamId, body });

const ABORT_OF_NOTHING = message({ type: 2, chunkStream: 2, body: uint32(77) });

/** A frame that is nobody's but the attacker's. */
export const FOREIGN_FRAME = Buffer.concat([
  Buffer.from([0x17, 1, 0, 0, 0, 0, 0, 0, 8, 0x65]),
  Buffer.from('FOREIGN'),
]);

/** True once the condition holds, false if it does not within the time. */
export async function comesTrue(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  try {
    await until(condition, { timeoutMs, what: 'it' });
    return true;
  } catch {
    return false;
  }
}

/** Whether the server ends all these connections in time. */
export async function fate(target: Target, clients: RtmpClient[]): Promise<Observed> {
  const closed = await comesTrue(() => clients.every((client) => client.isClosed), target.patienceMs);
  const left = clients.filter((client) => !client.isClosed).length;
  return observed(closed ? 'closed' : 'open', left > 1 ? `${left} of ${clients.length} stay open` : null);
}

/** Whether the server ends this connection in time; a client that ignores its FIN notices only when it sends. */
export async function endOf(target: Target, client: RtmpClient): Promise<'closed' | 'open'> {
  const ignoresFin = client.socket.allowHalfOpen;
  const closed = await comesTrue(() => {
    if (ignoresFin) client.send(ABORT_OF_NOTHING);
    return client.isClosed;
  }, target.patienceMs);
  return closed ? 'closed' : 'open';
}

/** Whether a connected client is still answered. One that is not is closed, or forgotten and open. */
export async function stillServed(target: Target, client: RtmpClient): Promise<Observed> {
  const before = client.results;
  client.command('createStream', null);
  await comesTrue(() => client.isClosed || client.results > before, target.patienceMs);
  if (client.isClosed) return observed('closed');
  return client.results > before ? observed('answered') : observed('open', 'no longer answered');
}

type Expected = HostileInput['ours'];

/** Bytes after the handshake. */
export function afterHandshake(
  theme: Theme,
  name: string,
  bytes: Buffer,
  ours: Expected = 'closed',
): HostileInput {
  const attack = async (target: Target): Promise<Observed> => {
    const client = await target.open();
    client.handshake();
    client.send(bytes);
    return ours === 'answered' ? stillServed(target, client) : fate(target, [client]);
  };
  return { name, theme, ours, attack };
}

/** Bytes of a client that is connected and has a stream. */
export function whenReady(
  theme: Theme,
  name: string,
  bytes: Buffer,
  ours: Expected = 'closed',
): HostileInput {
  const attack = async (target: Target): Promise<Observed> => {
    const client = await target.ready();
    client.send(bytes);
    return ours === 'answered' ? stillServed(target, client) : fate(target, [client]);
  };
  return { name, theme, ours, attack };
}

/** Bytes of an accepted publisher; `answered` if its stream goes on to a viewer. */
export function whenPublishing(
  theme: Theme,
  name: string,
  bytes: Buffer,
  ours: Expected = 'closed',
): HostileInput {
  const attack = async (target: Target): Promise<Observed> => {
    const key = target.newKey();
    const publisher = await target.publishing(key);
    publisher.media();
    const viewer = await target.ready();
    viewer.play(target.playNameOf(key));
    await viewer.status('NetStream.Play.Start');
    publisher.send(bytes);
    publisher.frame(40);
    publisher.frame(80);
    const frames = () => viewer.received.filter((one) => one.type === 9 && one.body[1] === 1).length;
    await comesTrue(() => publisher.isClosed || frames() >= 3, target.patienceMs);
    if (publisher.isClosed) return observed('closed');
    return frames() >= 3 ? observed('answered') : observed('open', 'its stream no longer reaches viewers');
  };
  return { name, theme, ours, attack };
}

export const publishNamed = (name: Parameters<typeof amf>[0]): Buffer =>
  command(amf('publish', 0, null, name), 1);
export const playNamed = (name: Parameters<typeof amf>[0]): Buffer => command(amf('play', 0, null, name), 1);
