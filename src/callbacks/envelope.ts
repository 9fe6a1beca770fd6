import type { CallbackEntity } from '../domain/callbacks';
import type { AppPart } from '../store/callback-deliveries';

/** What a callback tells of. */
export interface CallbackFacts {
  uuid: string;
  /** 1...n of its room, key or post. */
  number: number;
  type: string;
  entity: CallbackEntity;
  entityId: number;
  /** The state that the entity reached. */
  state: string;
  at: Date;
  app: AppPart;
}

/** FlipFlop's names: entity, then the field. */
const DATA: Record<CallbackEntity, (id: number, state: string) => Record<string, number | string>> = {
  streamKey: (id, state) => ({ streamKeyId: id, streamKeyStreamKeyState: state }),
  videoRoom: (id, state) => ({ videoRoomId: id, videoRoomVideoRoomState: state }),
  videoPost: (id, state) => ({ videoPostId: id, videoPostVideoPostState: state }),
};

/** The body of a callback: FlipFlop's envelope, and `number` beside it (ours; signed like the rest, hence no header). */
export function envelope(facts: CallbackFacts): string {
  const { app } = facts;
  return JSON.stringify({
    id: facts.uuid,
    type: facts.type,
    number: facts.number,
    app: { id: app.id, state: app.state, name: app.name, defaultRtmpOutputMode: app.defaultRtmpOutputMode },
    data: DATA[facts.entity](facts.entityId, facts.state),
    createdAt: facts.at.toISOString(),
  });
}
