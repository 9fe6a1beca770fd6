import { condition, log } from '@temporalio/workflow';
import { promptControlOn } from '../proxies';
import type { RoomLedger } from './ledger';

/** Backends call *end* right after they stop the encoder: the stop is usually seen within half a second (design.md section 6). */
const STOP_WAIT_MS = 2_000;
/** A silent encoder is cut after 10 s, so a stop that is coming comes within 12 s. */
const SILENT_STOP_WAIT_MS = 12_000;

/**
 * Waits for the encoder of a LIVE room to stop: 2 s, then one look at its bytes; only a silent one is waited for longer.
 * True when the room is not LIVE any more.
 */
export async function encoderStopped(room: RoomLedger): Promise<boolean> {
  const stopped = () => room.state !== 'LIVE';
  if (await condition(stopped, STOP_WAIT_MS, { summary: 'wait for the encoder to stop' })) return true;
  if (await bytesAdvance(room)) return stopped();
  return condition(stopped, SILENT_STOP_WAIT_MS, { summary: 'wait for the silent encoder to be cut' });
}

async function bytesAdvance({ session }: RoomLedger): Promise<boolean> {
  if (!session) return false;
  try {
    const { probeSession } = promptControlOn(session.nodeId);
    const request = { sessionId: session.sessionId };
    return (await probeSession.executeWithOptions({ summary: 'do its bytes advance?' }, [request])).advancing;
  } catch (error) {
    // A node that does not answer sends nothing to viewers either.
    log.warn('the session could not be probed', { sessionId: session.sessionId, error: String(error) });
    return false;
  }
}
