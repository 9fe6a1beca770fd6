import type { RtmpClient } from '../../../support/rtmp-client';
import { comesTrue, fate } from '../attack';
import { get, RawHttp } from '../http-exchange';
import { observed, type HostileInput, type Target } from '../target';

const IDLE = 3_000;
/** So many connects at once: more would wait in the kernel's queue and be tried again a second later. */
const BATCH = 250;
const CYCLES = 300;
const AT_ONCE = 20;
const JOINS = 2_000;
const JOINS_AT_ONCE = 50;

/** From addresses of their own, so that bounds per address hit nobody else. */
async function idle(target: Target, localAddress: string, begin: (client: RtmpClient) => void) {
  const clients: RtmpClient[] = [];
  while (clients.length < IDLE) {
    const batch = await Promise.all(Array.from({ length: BATCH }, () => target.open({ localAddress })));
    batch.forEach(begin);
    clients.push(...batch);
  }
  return fate(target, clients);
}

async function cycles(target: Target) {
  const base = await target.publishers();
  const cycle = async () => {
    const client = await target.publishing(target.newKey());
    client.media();
    client.destroy();
  };
  for (let i = 0; i < CYCLES; i += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, cycle));
  const back = await settles(async () => (await target.publishers()) === base, target.patienceMs);
  return observed(back ? 'closed' : 'open', back ? null : 'publishes stay registered');
}

async function settles(condition: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const until = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return true;
}

async function joins(target: Target) {
  const path = `${target.flvRoot}/${target.witnessPlayName()}.flv`;
  for (let i = 0; i < JOINS; i += JOINS_AT_ONCE) {
    const viewers = await Promise.all(
      Array.from({ length: JOINS_AT_ONCE }, () => RawHttp.open(target.httpPort)),
    );
    viewers.forEach((viewer) => viewer.send(get(path)));
    const all = await comesTrue(
      () => viewers.every((viewer) => viewer.statuses[0] === 200),
      target.patienceMs,
    );
    viewers.forEach((viewer) => viewer.destroy());
    if (!all) {
      const others = viewers.filter((viewer) => viewer.statuses[0] !== 200);
      return observed(
        'open',
        `${others.length} viewers after ${i} got ${others[0]?.statuses[0] ?? 'nothing'}`,
      );
    }
  }
  return observed('closed');
}

const row = (name: string, attack: HostileInput['attack']): HostileInput => ({
  ...{ name, attack },
  theme: 'volume',
  ours: 'closed',
});

export const VOLUME: HostileInput[] = [
  row('3,000 idle connections', (target) => idle(target, '127.0.0.2', () => undefined)),
  row('3,000 connections idle after the handshake', (target) =>
    idle(target, '127.0.0.3', (client) => client.handshake()),
  ),
  row('300 publish and drop cycles', cycles),
  row('2,000 HTTP-FLV viewers that join and leave', joins),
];
