import { RtmpClient } from '../support/rtmp-client';
import { Backend } from './support/backend';
import { startShowrunner, type Showrunner } from './support/showrunner';

/** Real clients close RTMP and call *end* at once; the stop may be seen after the call (design.md section 6). */
jest.setTimeout(120_000);

/** As many as the issue asks for, all ended at once: half call right after the close, half right before it. */
const SHOWS = 20;
/** Well below the 5 s after which an encoder counts as silent. */
const FRAME_INTERVAL_MS = 200;
/** A busy machine's. */
const PUBLISH_TIMEOUT_MS = 20_000;

let showrunner: Showrunner;
let backend: Backend;
const clients: RtmpClient[] = [];
const timers: NodeJS.Timeout[] = [];

beforeAll(async () => {
  showrunner = await startShowrunner();
  backend = new Backend(showrunner);
});
afterAll(async () => {
  for (const timer of timers) clearInterval(timer);
  for (const client of clients) client.destroy();
  await showrunner?.stop();
});

/** A show on the air, whose scripted encoder sends a picture every 200 ms. */
async function onAir(appUserId: string) {
  const { room, publishUrl } = await backend.schedule(appUserId, 'RTMP');
  const url = new URL(publishUrl);
  const encoder = await RtmpClient.ready(Number(url.port));
  clients.push(encoder);
  encoder.publish(`${url.pathname.split('/').pop()}${url.search}`);
  await encoder.status('NetStream.Publish.Start', PUBLISH_TIMEOUT_MS);
  encoder.media();
  let timestamp = 0;
  const timer = setInterval(() => encoder.frame((timestamp += FRAME_INTERVAL_MS)), FRAME_INTERVAL_MS);
  timers.push(timer);
  await backend.keyIs(appUserId, 'ACTIVE');
  await backend.api.goLive(room.id);
  const stop = () => {
    clearInterval(timer);
    encoder.destroy();
  };
  return { room, stop };
}

test(`an end that comes with the encoder's stop ends the show: ${SHOWS} of ${SHOWS}`, async () => {
  const names = Array.from({ length: SHOWS }, (_, at) => `show-${at}`);
  const shows = [];
  for (const name of names) shows.push(await onAir(name));
  const ends = await Promise.all(
    shows.map(async ({ room, stop }, at) => {
      if (at % 2 === 0) stop();
      const ended = backend.api.end(room.id);
      // The call is on its way, and a later one is answered: it came first.
      if (at % 2 === 1) await backend.api.room(room.id).then(stop);
      return (await ended).videoRoomState;
    }),
  );
  expect(ends).toEqual(names.map(() => 'ENDED'));
});

test('an end while the encoder goes on sending is refused, and the show goes on', async () => {
  const { room, stop } = await onAir('sending');
  await expect(backend.api.end(room.id)).rejects.toThrow('VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE');
  expect((await backend.api.room(room.id)).videoRoomState).toBe('LIVE');
  stop();
  expect((await backend.api.end(room.id)).videoRoomState).toBe('ENDED');
});
