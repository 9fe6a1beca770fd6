import { startEncoder, stopEncoder } from './support/encoder';
import { videoPackets } from './support/packets';
import { startShowrunner, type Showrunner } from './support/showrunner';
import { playBroadcast } from './from-the-document/program';

/** Real processes, and an archive that is waited for. */
jest.setTimeout(180_000);

let showrunner: Showrunner;
beforeAll(async () => {
  showrunner = await startShowrunner();
});
afterAll(() => showrunner?.stop());

test('a program written from the published documents alone broadcasts, and gets its recording', async () => {
  const { apiKey, apiSecret } = showrunner.credentials;
  const { vodUrl } = await playBroadcast({
    base: showrunner.addresses.api,
    apiKey,
    apiSecret,
    publish: (url) => {
      const encoder = startEncoder(url);
      return { stop: () => stopEncoder(encoder) };
    },
  });
  expect((await videoPackets(vodUrl)).length).toBeGreaterThan(10);
});
