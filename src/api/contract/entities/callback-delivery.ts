import { z } from 'zod';
import { CALLBACK_TYPES, DELIVERY_STATES } from '../../../domain/callbacks';
import { CALLBACK_ENTITY_NAMES } from '../../schemas/callbacks';
import { said } from '../operation';
import { id, time } from './parts';

/** One callback in the delivery log. No bodies, no passwords, no signatures. */
export const callbackDelivery = z
  .object({
    id: said(id, 'Of this log.', '이 로그의 ID.'),
    callbackId: said(
      z.uuid(),
      "The callback's id as its receiver sees it: `id` of the body and the header `webhook-id`. The same over all attempts.",
      '수신 측이 보는 콜백 ID: 본문의 `id`와 `webhook-id` 헤더. 모든 시도에서 동일합니다.',
    ),
    entity: z.enum(CALLBACK_ENTITY_NAMES),
    entityId: id,
    number: said(
      z.int().min(1),
      'Counts the callbacks of its room, stream key or video post: 1, 2, 3, ...',
      '비디오룸, 스트림키 또는 비디오 포스트별 콜백 번호: 1, 2, 3, ...',
    ),
    type: said(z.string(), 'What happened.', '발생한 이벤트.', CALLBACK_TYPES[0]),
    deliveryState: said(
      z.enum(DELIVERY_STATES),
      'PENDING: to be sent, maybe again. DELIVERED: answered with 2xx. PARKED: given up; send it again when the receiver is mended.',
      'PENDING: 전송 대기 또는 재시도 중. DELIVERED: 2xx 응답. PARKED: 중단됨, 수신 측 수정 후 다시 전송하세요.',
    ),
    attempts: said(z.int().min(0), 'So far.', '지금까지의 시도 횟수.'),
    lastStatus: said(
      z.int().nullable(),
      "HTTP status of the last attempt's answer; null without an answer.",
      '마지막 시도의 HTTP 상태 코드, 응답이 없으면 null.',
    ),
    lastError: said(
      z.string().nullable(),
      'Why the last attempt got no answer, for example ECONNREFUSED, DEADLINE or ADDRESS_REFUSED.',
      '마지막 시도가 응답을 받지 못한 이유. 예: ECONNREFUSED, DEADLINE, ADDRESS_REFUSED.',
    ),
    lastAttemptAt: time.nullable(),
    nextAttemptAt: said(
      time.nullable(),
      'Not before; null once it is settled. It also waits for the earlier ones of its room, key or post.',
      '다음 시도 예정 시각, 완료되면 null. 같은 대상의 이전 콜백을 먼저 기다립니다.',
    ),
    deliveredAt: time.nullable(),
    createdAt: time,
  })
  .meta({ id: 'CallbackDelivery' });
