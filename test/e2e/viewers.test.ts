import type { ChildProcess } from 'node:child_process';
import { until } from '../support/until';
import { Backend } from './support/backend';
import { startEncoder, stopEncoder } from './support/encoder';
import { startShowrunner, type Showrunner } from './support/showrunner';
import { Viewer } from './support/viewer';

/** Viewers belong to the broadcast: they stay over a drop, and go when it ends. */
jest.setTimeout(120_000);

let showrunner: Showrunner;
let encoder: ChildProcess | null = null;
let viewers: Viewer[] = [];

beforeAll(async () => {
  showrunner = await startShowrunner();
});
afterEach(async () => {
  for (const viewer of viewers) viewer.stop();
  if (encoder) await stopEncoder(encoder, 'SIGKILL');
});
afterAll(() => showrunner?.stop());

/** About two seconds of the picture more, for each of them. */
async function allSeeMore(what: string): Promise<void> {
  const before = viewers.map((viewer) => viewer.frames);
  await until(
    () => {
      const behind = viewers.filter((viewer, at) => viewer.frames < before[at]! + 50);
      if (behind.length > 0) throw new Error(behind.join('\n'));
      return true;
    },
    { timeoutMs: 20_000, what },
  );
}

test('RTMP, HTTP-FLV and HLS viewers see the show go on after a drop, and its end', async () => {
  const backend = new Backend(showrunner);
  const { room, publishUrl } = await backend.schedule('viewed', 'RTMP_CMAF');
  encoder = startEncoder(publishUrl);
  await backend.keyIs('viewed', 'ACTIVE');
  const live = await backend.api.goLive(room.id);
  const urls = [live.rtmpPlayUrl!, live.httpFlvPlayUrl!, live.cmafHlsPlayUrl!];
  viewers = urls.map((url) => new Viewer(url));
  await allSeeMore('all viewers to see the show');

  await stopEncoder(encoder, 'SIGKILL');
  await backend.roomIs(room, 'LIVE_INACTIVE');
  encoder = startEncoder(publishUrl);
  await backend.roomIs(room, 'LIVE');
  await allSeeMore('all viewers to see the show go on');
  expect(viewers.filter((viewer) => !viewer.isWatching).map(String)).toEqual([]);

  await stopEncoder(encoder);
  await backend.roomIs(room, 'LIVE_INACTIVE');
  await backend.api.end(room.id);
  await until(() => viewers.every((viewer) => !viewer.isWatching), {
    timeoutMs: 20_000,
    what: 'all viewers to go',
  });
  expect(viewers.map((viewer) => viewer.exitCode)).toEqual([0, 0, 0]);
});
