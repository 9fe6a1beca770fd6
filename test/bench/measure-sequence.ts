import { goLive, type Show } from './measure-shows';

/**
 * Go lives in sequence, each of a member that never published, and nothing beside: a show ends before its first key frame, so
 * that no archive is at work in the next one. golive-sequence: from the request to the answer.
 */
export async function measureSequence(show: Show, count: number): Promise<void> {
  const { stage, results, floor } = show;
  for (let i = 0; i < count; i += 1) {
    const member = await stage.member();
    const room = await stage.room(member);
    const publisher = (await stage.publish(member, 'RTMP')).play(stage.clip);
    try {
      await stage.commits.reached('streamKey', member.streamKeyId, 'ACTIVE', publisher.sentAt);
      await floor.measure('golive-sequence', results);
      const { askedAt, answeredAt } = await goLive(show, room);
      results.time('golive-sequence', answeredAt - askedAt);
      await stage.commits.reached('videoRoom', room.id, 'LIVE_INACTIVE', publisher.end());
    } finally {
      publisher.destroy();
    }
    await stage.api.end(room.id);
  }
}
