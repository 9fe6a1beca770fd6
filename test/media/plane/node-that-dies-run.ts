import { pino } from 'pino';
import { createMediaPlane } from '../../../src/media/plane';
import { StorageLayout } from '../../../src/storage/layout';
import { openSession, play, shifted, sourceTags } from './harness';

/** Runs a live session over `root` until the process is killed; tells its parent who it is once it is live. */
export async function run(root: string, mode: 'CMAF' | 'RTMP'): Promise<void> {
  const tags = await sourceTags({ seconds: 4, size: '320x180' });
  const plane = createMediaPlane({
    ...{ layout: new StorageLayout(root), ffmpegPath: 'ffmpeg', log: pino({ level: 'silent' }) },
    limits: { minFreeDiskBytes: 0, maxSessions: 10 },
  });
  const session = openSession(plane, mode);
  const { sessionId, startedAt } = session.facts;
  void session.viewable.then(async () => {
    await plane.openBroadcast({ playbackName: 'show', sessionId, goLiveAt: startedAt });
    process.send?.({ sessionId, goLiveAt: startedAt });
  });
  for (let round = 0; ; round += 1) await play(session.pipeline, shifted(tags, round * 4_000), 2);
}
