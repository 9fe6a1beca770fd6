import { StockServer } from '../contract/hostile-rtmp/stock/stock-server';
import { Publisher } from './publisher';
import type { Results } from './results';
import type { Stage } from './stage';

/**
 * publish accepted: from the RTMP `publish` command to NetStream.Publish.Start. Each new key publishes twice, and after each
 * of these the same client does the same at the stock server, which asks nobody.
 */
export async function measurePublish(stage: Stage, results: Results, count: number): Promise<void> {
  const stock = await StockServer.start({ auth: false });
  try {
    for (let i = 0; i < count; i += 1) {
      const member = await stage.member();
      for (const row of ['publish-first', 'publish-later'] as const) {
        const publisher = await stage.publish(member, 'RTMP');
        results.time(row, publisher.acceptMs);
        publisher.destroy();
        await stage.commits.reached('streamKey', member.streamKeyId, 'INACTIVE', publisher.sentAt);
        const peer = await Publisher.publish(stock.rtmpPort, `${row}-${i}`);
        results.peer(row, peer.acceptMs);
        peer.destroy();
      }
    }
  } finally {
    await stock.stop();
  }
}
