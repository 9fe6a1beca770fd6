import { connect } from 'node:net';
import { openFrontDoors } from '../../contract/support/front-doors';
import { RtmpClient } from '../../support/rtmp-client';
import { until } from '../../support/until';
import { must, type Kind } from '../kind';
import { mutateBytes, pieces } from '../mutate-bytes';
import { URLS } from './routes';

const SOON_MS = 10_000;
const HEADERS = [
  'Range: bytes=0-9',
  'Connection: keep-alive',
  'Upgrade: websocket',
  'Transfer-Encoding: chunked',
  'Content-Length: 5',
  'If-None-Match: "x"',
];

/** Requests to the playlist and HTTP-FLV doors over real sockets, a stream playing. */
export async function httpOverSockets(): Promise<Kind> {
  // Nobody leases the session of the stream that plays.
  const doors = await openFrontDoors(
    { unledMs: Number.MAX_SAFE_INTEGER },
    { headersTimeoutMs: 1_000, requestTimeoutMs: 1_000 },
  );
  const { streamKeyId } = doors.keys.add('httpseed');
  const publisher = await RtmpClient.publishing(doors.rtmpPort, 'httpseed');
  publisher.media();
  await until(() => doors.media.open === 1, { timeoutMs: SOON_MS, what: 'a stream' });
  const live = `/egress/${doors.media.playNameOf(streamKeyId)}.flv`;
  const frames = setInterval(() => publisher.frame(), 50);
  const atRest = () =>
    until(() => doors.playback.flvViewers === 0, {
      timeoutMs: SOON_MS,
      what: 'viewers to be gone',
      everyMs: 2,
    });
  return {
    name: 'http',
    make: (dice) => {
      const url = dice.oneIn(3) ? live : dice.pick(URLS);
      const lines = [
        `${dice.pick(['GET', 'HEAD', 'OPTIONS', 'POST'])} ${url} HTTP/1.1`,
        'Host: x',
        dice.pick(HEADERS),
        '',
        '',
      ];
      const request = Buffer.from(lines.join('\r\n'), 'latin1');
      return pieces(dice.oneIn(4) ? request : mutateBytes(request, dice), dice);
    },
    run: async (bytes) => {
      await exchange(doors.httpPort, bytes);
      await atRest();
      must(doors.errors.length === 0, `an unexpected exception: ${doors.errors.splice(0).join('')}`);
    },
    atRest: async () => void (await atRest()),
    close: async () => {
      clearInterval(frames);
      publisher.destroy();
      await doors.close();
    },
  };
}

/** Resolves with the first answer, or the end of the connection; rejects where neither comes. */
function exchange(port: number, bytes: Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error('neither an answer nor an end'));
    }, SOON_MS);
    const over = (): void => {
      clearTimeout(late);
      socket.destroy();
      resolve();
    };
    socket.once('data', over).once('error', over).once('close', over);
    for (const piece of bytes) socket.write(piece);
    socket.end();
  });
}
