import type { EventRow } from '../rows';
import type { Show } from '../show';
import { doubled, lost, wrong, type Failure } from './failure';

/** Numbers 1 … n, each once; each event goes on from the state that the one before it reached. */
function checkOrder(entity: string, events: readonly EventRow[]): Failure[] {
  const inOrder = [...events].sort((a, b) => Number(a.seq) - Number(b.seq));
  const failures: Failure[] = [];
  inOrder.forEach((event, at) => {
    const seq = Number(event.seq);
    const before = inOrder[at - 1];
    if (before && Number(before.seq) === seq) failures.push(doubled(`${entity} event ${seq}`));
    else if (seq !== (before ? Number(before.seq) : 0) + 1)
      failures.push(lost(`${entity} events before ${seq}`));
    if (before && event.from_state !== before.to_state)
      failures.push(wrong(`${entity} event ${seq} goes on from ${event.from_state}, not ${before.to_state}`));
  });
  return failures;
}

/** `dropsWanted`: how often the room has to have been LIVE_INACTIVE; null where the kill may have dropped it. */
export async function checkEvents(it: Show, dropsWanted: number | null): Promise<Failure[]> {
  const { rows } = it.stage;
  const [room, key] = await Promise.all([
    rows.events('videoRoom', it.ids.roomId),
    rows.events('streamKey', it.ids.streamKeyId),
  ]);
  const failures = [...checkOrder('room', room), ...checkOrder('key', key)];
  const drops = room.filter(({ type }) => type === 'VIDEO_ROOM_LIVE_INACTIVE').length;
  if (dropsWanted !== null && drops !== dropsWanted)
    failures.push(wrong(`the room was LIVE_INACTIVE ${drops} times, its encoder left ${dropsWanted} times`));
  for (const state of ['ENDED', 'ARCHIVED']) {
    const times = room.filter(({ type }) => type === `VIDEO_ROOM_${state}`).length;
    if (times > 1) failures.push(doubled(`the room was ${state} ${times} times`));
  }
  return failures;
}
