/** Who brought an event about. `app` is the app's own backend; `operator` somebody at the control plane. Never a secret. */
export type Actor = 'app' | `member:${number}` | 'encoder' | 'system' | 'operator';

export const actorOf = (memberId: number | null): Actor => (memberId === null ? 'app' : `member:${memberId}`);

/** Reasons of events that follow from a command: whoever gave it is its actor. */
const COMMANDED = new Set(['go_live', 'end_broadcast', 'cancelled', 'forced_end', 'claimed', 'released']);
/** How a session began, could be watched, or ended by what its encoder did or did not do. */
const BY_ENCODER = new Set([
  'published',
  'viewable',
  'client_closed',
  'connection_lost',
  'stalled',
  'no_media',
  'not_viewable',
  'protocol_error',
  'taken_over',
]);

/** What an event's reason tells of its actor; null where it tells nothing. All other words are our own machinery's. */
export function actorOfReason(reason: string | null): Actor | null {
  if (reason === null || COMMANDED.has(reason)) return null;
  return BY_ENCODER.has(reason) ? 'encoder' : 'system';
}

export interface ActorView {
  type: 'APP' | 'MEMBER' | 'ENCODER' | 'SYSTEM' | 'OPERATOR';
  /** Of a member. */
  memberId: number | null;
}

const KINDS = { app: 'APP', encoder: 'ENCODER', system: 'SYSTEM', operator: 'OPERATOR' } as const;

/** As the event log shows it. */
export function actorView(actor: Actor): ActorView {
  if (actor in KINDS) return { type: KINDS[actor as keyof typeof KINDS], memberId: null };
  return { type: 'MEMBER', memberId: Number(actor.slice('member:'.length)) };
}
