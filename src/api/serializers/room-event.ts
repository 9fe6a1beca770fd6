import { actorOfReason, actorView } from '../../domain/actor';
import type { EventRow } from '../../store/events';

/** One entry of a room's log. Entries that were written before actors were have the one that their reason tells. */
export function serializeRoomEvent(event: EventRow) {
  const actor = event.actor ?? actorOfReason(event.reason);
  return {
    number: event.seq,
    type: event.type,
    from: event.from_state,
    to: event.to_state,
    reason: event.reason,
    at: event.at.toISOString(),
    sessionId: event.session_id,
    actor: actor && actorView(actor),
  };
}
