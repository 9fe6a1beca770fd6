import { within } from '../../src/deadline';
import type { RoomAnswer } from '../../src/demo/api-client';
import { goLive, type Show } from './measure-shows';
import type { Publisher } from './publisher';
import type { Member } from './stage';

const AT_ONCE = 10;
const CUT_TIMEOUT_MS = 30_000;

interface OnAir {
  member: Member;
  room: RoomAnswer;
  publisher: Publisher;
}

/**
 * Ten encoders publish in RTMP mode, ten rooms go live at once, and then each is force-ended by its stream key, one after
 * another while the rest goes on. forced: from the request until the encoder's socket is dead.
 */
export async function measureMany(show: Show, batches: number): Promise<void> {
  for (let i = 0; i < batches; i += 1) {
    const onAir: OnAir[] = [];
    try {
      for (let k = 0; k < AT_ONCE; k += 1) onAir.push(await prepare(show));
      await show.floor.measureAll('golive-ten', show.results);
      const askedAt = performance.now();
      await Promise.all(onAir.map(({ room }) => goLive(show, room)));
      show.results.time('golive-ten', performance.now() - askedAt);
      for (const one of onAir) await forceEnd(show, one);
    } finally {
      for (const { publisher } of onAir) publisher.destroy();
    }
  }
}

async function prepare({ stage }: Show): Promise<OnAir> {
  const member = await stage.member();
  const room = await stage.room(member);
  const publisher = (await stage.publish(member, 'RTMP')).play(stage.clip);
  await stage.commits.reached('streamKey', member.streamKeyId, 'ACTIVE', publisher.sentAt);
  return { member, room, publisher };
}

async function forceEnd({ stage, results }: Show, { member, room, publisher }: OnAir): Promise<void> {
  const askedAt = performance.now();
  const [deadAt] = await Promise.all([
    within(CUT_TIMEOUT_MS, publisher.dead, () => new Error(`room ${room.id}: not cut`)),
    stage.api.forceTerminate(member.streamKeyId),
    stage.commits.reached('videoRoom', room.id, 'ENDED', askedAt),
  ]);
  results.time('forced', deadAt - askedAt);
  const { streamKey } = await stage.api.streamKey(member.appUserId);
  results.check(streamKey !== member.streamKey, `the forced end of room ${room.id} kept the stream key`);
}
