import type { Show } from '../show';
import { wrong, type Failure } from './failure';

interface Pair {
  what: string;
  workflow: unknown;
  row: unknown;
  wanted?: unknown;
}

const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

/** Room and key say the same in their workflows and in their rows, and it is what the end of a broadcast has to leave. */
export async function checkAgreement(it: Show, ending: 'regular' | 'forced'): Promise<Failure[]> {
  const { stage, ids } = it;
  const [room, key, roomRow, keyRow] = await Promise.all([
    stage.workflows.room(stage.appId, ids.roomId),
    stage.workflows.key(stage.appId, ids.memberId),
    stage.rows.room(ids.roomId),
    stage.rows.key(ids.streamKeyId),
  ]);
  const forced = ending === 'forced';
  const number = (text: string | null) => (text === null ? null : Number(text));
  const pairs: Pair[] = [
    { what: 'room state', workflow: room.state, row: roomRow.state, wanted: forced ? 'ENDED' : 'ARCHIVED' },
    {
      what: 'vod state',
      workflow: room.vodState,
      row: roomRow.vod_state,
      wanted: forced ? 'NOT_ARCHIVED' : 'ARCHIVED',
    },
    {
      what: 'forcibly terminated',
      workflow: room.forciblyTerminated,
      row: roomRow.forcibly_terminated,
      wanted: forced,
    },
    { what: "the room's video post", workflow: room.videoPostId, row: number(roomRow.video_post_id) },
    {
      what: "the room's transition number",
      workflow: room.transitionNumber,
      row: number(roomRow.transition_number),
    },
    { what: 'key state', workflow: key.state, row: keyRow.state, wanted: 'INACTIVE' },
    {
      what: 'the key holds a room',
      workflow: key.holdsRoom,
      row: keyRow.video_room_id !== null,
      wanted: false,
    },
    {
      what: "the key's transition number",
      workflow: key.transitionNumber,
      row: number(keyRow.transition_number),
    },
  ];
  return pairs.flatMap(({ what, workflow, row, wanted = workflow }) =>
    workflow === row && row === wanted
      ? []
      : [wrong(`${what}: workflow ${show(workflow)}, row ${show(row)}, wanted ${show(wanted)}`)],
  );
}
