import { streamKeyChange, streamKeysQuery } from '../schemas/stream-key';
import { pageOf } from './entities/page';
import { streamKey } from './entities/stream-key';
import { operation, type PathParameters } from './operation';

const ONE: PathParameters = { streamKeyId: { en: "The stream key's id.", ko: '스트림키 ID.' } };

/** Stream keys, by their ids. */
export const streamKeysContract = {
  listStreamKeys: operation({
    id: 'AppsServerApiStreamKeysController_listStreamKeys',
    tag: 'streamKeys',
    method: 'get',
    path: '/stream-keys',
    summary: { en: 'List stream keys', ko: '스트림키 목록 조회' },
    query: streamKeysQuery,
    answer: { status: 200, schema: pageOf(streamKey) },
    errors: [],
  }),
  getStreamKey: operation({
    id: 'AppsServerApiStreamKeysController_getStreamKey',
    tag: 'streamKeys',
    method: 'get',
    path: '/stream-keys/{streamKeyId}',
    summary: { en: 'Get a stream key', ko: '스트림키 조회' },
    parameters: ONE,
    answer: { status: 200, schema: streamKey },
    errors: ['STREAM_KEY_NOT_FOUND'],
  }),
  updateStreamKey: operation({
    id: 'AppsServerApiStreamKeysController_updateStreamKey',
    tag: 'streamKeys',
    method: 'patch',
    path: '/stream-keys/{streamKeyId}',
    summary: {
      en: 'Choose profile and output mode of a stream key',
      ko: '스트림키의 프로파일과 출력 모드 변경',
    },
    description: {
      en: 'Both count from the next publish on. A broadcast that is live keeps the pictures that it began with.',
      ko: '다음 송출부터 적용됩니다. 라이브 중인 방송은 시작할 때의 화면 구성을 유지합니다.',
    },
    parameters: ONE,
    body: streamKeyChange,
    bodyExample: { profileId: 4, defaultRtmpOutputMode: 'RTMP_CMAF' },
    answer: { status: 200, schema: streamKey },
    errors: [
      'STREAM_KEY_NOT_FOUND',
      'VIDEO_TRANSCODING_PROFILE_NOT_FOUND',
      'VIDEO_TRANSCODING_PROFILE_TYPE_NOT_BROADCAST_RTMP',
    ],
  }),
  reissueStreamKey: operation({
    id: 'AppsServerApiStreamKeysController_reissueStreamKey',
    tag: 'streamKeys',
    method: 'post',
    path: '/stream-keys/{streamKeyId}/reissue',
    summary: { en: 'Replace a stream key that is not in use', ko: '스트림키 재발급' },
    description: {
      en: 'Only while it is INACTIVE. The old key is refused from the answer on. Asked again with the same Idempotency-Key, the present key is answered and nothing is replaced.',
      ko: 'INACTIVE 상태에서만 가능합니다. 응답 이후 이전 키는 거절됩니다. 같은 Idempotency-Key로 다시 요청하면 교체하지 않고 현재 키를 응답합니다.',
    },
    parameters: ONE,
    answer: { status: 200, schema: streamKey },
    errors: ['STREAM_KEY_NOT_FOUND', 'STREAM_KEY_STATE_NOT_INACTIVE', 'CONTROL_PLANE_UNAVAILABLE'],
    secretAnswer: true,
  }),
  forceTerminate: operation({
    id: 'AppsServerApiStreamKeysController_forceTerminate',
    tag: 'streamKeys',
    method: 'post',
    path: '/stream-keys/{streamKeyId}/force-terminate',
    summary: { en: 'Cut the encoder, end its broadcast and replace the key', ko: '스트림키 강제 종료' },
    parameters: ONE,
    answer: { status: 204 },
    errors: ['STREAM_KEY_NOT_FOUND', 'CONTROL_PLANE_UNAVAILABLE'],
  }),
} as const;
