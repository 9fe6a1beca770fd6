import { condition, workflowInfo } from '@temporalio/workflow';
import type { VideoRoomInput } from '../messages';
import { askKey } from './ask-key';
import type { RoomJournal } from './journal';

/**
 * The reconnect window: an absolute deadline after a drop, cleared only by ACTIVE_LIVE (design.md section 2).
 * At expiry the key is asked for release. It answers *held* while a new session prepares, and tells the outcome.
 */
export async function watchReconnectWindow(input: VideoRoomInput, journal: RoomJournal): Promise<void> {
  const { room } = journal;
  const windowSeconds = input.reconnectWindowSeconds;
  if (windowSeconds === null) return;
  for (let drop = 0; ;) {
    await condition(() => room.drops > drop || room.isOver);
    if (room.isOver) return;
    drop = room.drops;
    // A later drop has a window of its own.
    const isPast = () => room.state !== 'LIVE_INACTIVE' || room.drops !== drop;
    const summary = `reconnect window, drop ${drop}`;
    if (await condition(isPast, windowSeconds * 1000, { summary })) continue;
    const request = { roomId: input.roomId, windowExpired: true };
    const verdict = await askKey(input, `window-${workflowInfo().runId}-${drop}`, 'release', request);
    const held = 'refused' in verdict || verdict.answer.outcome === 'held';
    if (!held) journal.write((ledger) => ledger.letGo(verdict, 'reconnect_window_expired'));
    await condition(isPast);
  }
}
