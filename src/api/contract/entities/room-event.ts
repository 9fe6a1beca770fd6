import { z } from 'zod';
import { said } from '../operation';
import { id, time } from './parts';

const count = z.int().min(0);

const actor = z.object({
  type: z.enum(['APP', 'MEMBER', 'ENCODER', 'SYSTEM', 'OPERATOR']),
  memberId: id.nullable(),
});

/** One entry of a room's log. */
export const roomEvent = z
  .object({
    number: z.int().min(1),
    type: said(
      z.string(),
      'Entity and state, as in callbacks.',
      '콜백과 같은 이름의 이벤트 타입.',
      'VIDEO_ROOM_LIVE',
    ),
    from: said(
      z.string().nullable(),
      'The state before; null in the first entry.',
      '이전 상태. 첫 이벤트는 null입니다.',
      'SCHEDULED',
    ),
    to: said(z.string(), 'The state after.', '이후 상태.', 'LIVE'),
    reason: said(z.string().nullable(), 'Why, in one word.', '전이 사유.', 'go_live'),
    at: time,
    sessionId: said(
      z.string().nullable(),
      'The ingest session that was on at that time; of a drop or a forced end, the one that it ended. Null: there was none.',
      '당시의 송출 세션. 끊김이나 강제 종료에서는 그때 끝난 세션입니다. 없었으면 null입니다.',
      'node-1-3f2a',
    ),
    actor: said(
      actor.nullable(),
      'Who brought it about: the app, a member (then `memberId`), the encoder, the system itself, or an operator. Null: not known.',
      '전이를 일으킨 주체: 앱, 멤버(`memberId` 포함), 인코더, 시스템, 운영자. 알 수 없으면 null입니다.',
      { type: 'APP', memberId: null },
    ),
  })
  .meta({ id: 'VideoRoomEvent' });

/** A part of a room's log. */
export const roomEvents = z
  .object({
    content: z.array(roomEvent),
    last: said(count, "Number of the room's last event.", '비디오룸의 마지막 이벤트 번호.', 4),
  })
  .meta({ id: 'VideoRoomEvents' });
