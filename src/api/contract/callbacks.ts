import { z } from 'zod';
import { deliveriesQuery, replayBody } from '../schemas/callbacks';
import { callbackDelivery } from './entities/callback-delivery';
import { pageOf } from './entities/page';
import { operation } from './operation';

/** The delivery log of the app's callbacks (ours). */
export const callbacksContract = {
  listCallbackDeliveries: operation({
    id: 'AppsServerApiCallbacksController_listCallbackDeliveries',
    tag: 'callbacks',
    method: 'get',
    path: '/callbacks/deliveries',
    summary: { en: 'List callbacks and what came of them', ko: '콜백 전송 기록 조회' },
    description: {
      en: 'Each callback once, with its state, how often it was tried and what the receiver last answered. Settled ones are kept for 30 days, the newest of each room, key and post for good.',
      ko: '콜백별 상태, 시도 횟수, 수신 측의 마지막 응답을 제공합니다. 완료된 콜백은 30일간, 각 대상의 가장 최근 콜백은 계속 보관됩니다.',
    },
    query: deliveriesQuery,
    answer: { status: 200, schema: pageOf(callbackDelivery) },
    errors: [],
  }),
  resendCallbackDelivery: operation({
    id: 'AppsServerApiCallbacksController_resendCallbackDelivery',
    tag: 'callbacks',
    method: 'post',
    path: '/callbacks/deliveries/{deliveryId}/resend',
    summary: { en: 'Send a callback again', ko: '콜백 다시 전송' },
    description: {
      en: 'With the same id and number as before, whatever its state, by the same rules of repetition. One that was settled is sent beside its line: later ones of the same room, key or post do not wait for it.',
      ko: '상태와 관계없이 같은 ID와 번호로 다시 전송합니다. 완료된 콜백은 별도로 전송되며, 같은 대상의 이후 콜백은 기다리지 않습니다.',
    },
    answer: { status: 200, schema: callbackDelivery },
    errors: ['CALLBACK_DELIVERY_NOT_FOUND', 'CALLBACK_NOT_CONFIGURED'],
  }),
  replayCallbacks: operation({
    id: 'AppsServerApiCallbacksController_replayCallbacks',
    tag: 'callbacks',
    method: 'post',
    path: '/callbacks/replay',
    summary: { en: 'Send callbacks again from a number on', ko: '특정 번호 이후의 콜백 다시 전송' },
    description: {
      en: 'All callbacks of one room, stream key or video post whose number is above `after` (default 0: all), in their order, with the same ids and numbers as before.',
      ko: '한 비디오룸, 스트림키 또는 비디오 포스트의 콜백 중 번호가 `after`보다 큰 것을 순서대로 다시 전송합니다(기본값 0: 전체).',
    },
    body: replayBody,
    bodyExample: { entity: 'VIDEO_ROOM', id: 7, after: 2 },
    answer: {
      status: 200,
      schema: z.object({ replayed: z.int().min(0) }).meta({ id: 'CallbackReplay' }),
      example: { replayed: 3 },
    },
    errors: [
      'VIDEO_ROOM_NOT_FOUND',
      'STREAM_KEY_NOT_FOUND',
      'VIDEO_POST_NOT_FOUND',
      'CALLBACK_NOT_CONFIGURED',
    ],
  }),
} as const;
