import { condition, workflowInfo } from '@temporalio/workflow';
import type { ReconnectWindowChange, VideoRoomInput } from '../messages';
import { isPatched } from '../patches';
import { workflowNowMs } from '../time';
import { askKey } from './ask-key';
import type { RoomJournal } from './journal';

/** The row has another window. Workers of before this did not hear of it, and what they did is kept to. */
export function changeReconnectWindow(journal: RoomJournal, change: ReconnectWindowChange): void {
  if (!isPatched('reconnect-window-0.2')) return;
  const seconds: unknown = change?.seconds ?? null;
  // Somebody at the control plane may send anything, and a handler that throws would fail the workflow.
  if (seconds !== null && !(Number.isInteger(seconds) && (seconds as number) > 0)) return;
  journal.room.reconnectWindowSeconds = seconds as number | null;
  journal.show();
}

/**
 * The reconnect window: an absolute deadline after a drop, cleared only by ACTIVE_LIVE (design.md section 2).
 * At expiry the key is asked for release. It answers *held* while a new session prepares, and tells the outcome.
 */
export async function watchReconnectWindow(input: VideoRoomInput, journal: RoomJournal): Promise<void> {
  const { room } = journal;
  for (let drop = 0; ;) {
    await condition(() => room.drops > drop || room.isOver);
    if (room.isOver) return;
    drop = room.drops;
    // A later drop has a window of its own.
    const isPast = () => room.state !== 'LIVE_INACTIVE' || room.drops !== drop;
    if (!(await ranOut(journal, drop, isPast))) continue;
    const request = { roomId: input.roomId, windowExpired: true };
    const verdict = await askKey(input, `window-${workflowInfo().runId}-${drop}`, 'release', request);
    const held = 'refused' in verdict || verdict.answer.outcome === 'held';
    if (!held) journal.write((ledger) => ledger.letGo(verdict, 'reconnect_window_expired'));
    await condition(isPast);
  }
}

/** False when the drop was past before its window. A window that changes meanwhile counts from the drop as well. */
async function ranOut({ room }: RoomJournal, drop: number, isPast: () => boolean): Promise<boolean> {
  const droppedAtMs = workflowNowMs();
  const summary = `reconnect window, drop ${drop}`;
  for (;;) {
    const seconds = room.reconnectWindowSeconds;
    const isSettled = () => isPast() || room.reconnectWindowSeconds !== seconds;
    if (seconds === null) {
      await condition(isSettled);
    } else {
      const leftMs = droppedAtMs + seconds * 1000 - workflowNowMs();
      if (leftMs <= 0 || !(await condition(isSettled, leftMs, { summary }))) return true;
    }
    if (isPast()) return false;
  }
}
