import { comesTrue } from '../attack';
import { get, RawHttp } from '../http-exchange';
import { observed, type HostileInput, type Target } from '../target';

const row = (name: string, attack: HostileInput['attack']): HostileInput => ({
  ...{ name, attack },
  theme: 'http',
  ours: 'answered',
});

/** One request that must be refused with a status, not with silence. */
const refused = (name: string, request: string | Buffer): HostileInput =>
  row(name, async (target) => {
    const client = await RawHttp.open(target.httpPort);
    client.send(request);
    const status = await client.status(target.patienceMs / 2);
    client.destroy();
    if (status === null) return observed('open', 'no answer');
    return observed('answered', status >= 400 && status < 500 ? null : `answers ${status}`);
  });

const websocket = (path: string): string =>
  get(
    path,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  );

const GARBAGE = Buffer.alloc(4_096, 0x5a);
const REFUSED_PLAYS = 15;

async function refusedPlays(target: Target) {
  const client = await RawHttp.open(target.httpPort);
  for (let i = 1; i <= REFUSED_PLAYS; i++) {
    client.send(get(`/egress/not-there-${i}.flv`, 'Connection: keep-alive'));
    if (!(await comesTrue(() => client.statuses.length >= i, target.patienceMs / 2))) break;
  }
  const { statuses } = client;
  client.destroy();
  if (statuses.length < REFUSED_PLAYS)
    return observed('open', `${statuses.length} of ${REFUSED_PLAYS} answered`);
  return observed('answered', statuses.every((status) => status === 404) ? null : 'answers 200');
}

export const HTTP: HostileInput[] = [
  refused('a WebSocket at /', websocket('/')),
  refused('a WebSocket at /egress/a.b.flv', websocket('/egress/a.b.flv')),
  refused('GET /egress/a.b.flv', get('/egress/a.b.flv')),
  refused('GET /egress/..%2fx.flv', get('/egress/..%2fx.flv')),
  refused(
    'POST of garbage as FLV',
    Buffer.concat([
      Buffer.from(`POST /egress/posted.flv HTTP/1.1\r\nHost: x\r\nContent-Length: ${GARBAGE.length}\r\n\r\n`),
      GARBAGE,
    ]),
  ),
  refused('HTTP-FLV of a stream that is not there', get('/egress/not-there.flv')),
  row(`${REFUSED_PLAYS} refused plays on one connection`, refusedPlays),
];
