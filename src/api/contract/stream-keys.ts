import { operation } from './operation';

/** Stream keys, by their ids. */
export const streamKeysContract = {
  forceTerminate: operation({
    id: 'AppsServerApiStreamKeysController_forceTerminate',
    tag: 'streamKeys',
    method: 'post',
    path: '/stream-keys/{streamKeyId}/force-terminate',
    summary: { en: 'Cut the encoder, end its broadcast and replace the key', ko: '스트림키 강제 종료' },
    answer: { status: 204 },
    errors: ['STREAM_KEY_NOT_FOUND', 'REQUEST_LOCKED', 'MEDIA_SERVICE_INTERNAL_SERVER_ERROR'],
  }),
} as const;
