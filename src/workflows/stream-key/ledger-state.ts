import type { StreamKeySnapshot } from '../../domain/stream-key/decide';
import type {
  ClaimGrant,
  KeyForceEndAnswer,
  KeyReissueAnswer,
  ReleaseAnswer,
  RoomOfKeyFacts,
  SessionView,
  StreamKeyFacts,
} from '../messages';

export interface HeldRoomState {
  roomId: number;
  roomWorkflowId: string;
  playbackName: string;
  grant: ClaimGrant;
  /** Known only at a rebirth: its row has ended. */
  isOver?: boolean;
}

/** Temporal tells a repeated question apart within one run; across runs it is this that does. */
export interface RememberedAnswer {
  updateId: string;
  answer: ClaimGrant | ReleaseAnswer | KeyForceEndAnswer | KeyReissueAnswer;
}

/** Everything a key knows: plain JSON, so that it can travel into a next run. */
export interface KeyLedgerState {
  snapshot: StreamKeySnapshot;
  transitionNumber: number;
  /** Publishes with an older key version are refused from the instant this rises. */
  minKeyVersion: number;
  session: SessionView | null;
  room: HeldRoomState | null;
  /** The held room's window ran out while a new session was preparing: release it if that one falls back. */
  releaseWanted: boolean;
  endedSessions: string[];
  refusedRooms: number[];
  /** Rooms that a forced end of this key ended. */
  forcedRooms: number[];
  lastTakeoverMs: number | null;
  answers: RememberedAnswer[];
  ignored: Record<string, number>;
}

/** A key as its row says. What only lived in memory (ended sessions, refused rooms) is empty: none of it is younger than the row. */
export function stateFromFacts(facts: StreamKeyFacts): KeyLedgerState {
  const { state, epoch, session, room } = facts;
  return {
    snapshot: {
      state,
      context: { sessionId: session?.sessionId ?? null, epoch, roomId: room?.roomId ?? null },
    },
    transitionNumber: facts.transitionNumber,
    minKeyVersion: facts.keyVersion,
    session,
    room: room && heldFromFacts(room, facts),
    releaseWanted: false,
    endedSessions: [],
    refusedRooms: [],
    forcedRooms: [],
    lastTakeoverMs: null,
    answers: [],
    ignored: {},
  };
}

/** A room that its row, or the key's, says to be held. */
export function heldFromFacts(
  room: RoomOfKeyFacts,
  facts: Pick<StreamKeyFacts, 'transitionNumber' | 'session'>,
): HeldRoomState {
  const { roomId, roomWorkflowId, playbackName, goLiveAt, isOver } = room;
  const grant: ClaimGrant = {
    grantedAt: goLiveAt,
    transitionNumber: facts.transitionNumber,
    session: facts.session,
  };
  return { roomId, roomWorkflowId, playbackName, grant, isOver };
}
