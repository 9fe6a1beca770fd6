import { streamedEvent } from './entities/channel';
import { operation } from './operation';

/** What a member is told while it listens. */
export const eventsContract = {
  openEventStream: operation({
    id: 'MembersApiEventSourcesController_openEventStream',
    tag: 'events',
    method: 'get',
    path: '/event-sources',
    summary: { en: 'Open the event stream', ko: '이벤트 스트림 열기' },
    description: {
      en:
        'Server-sent events: changes of the own stream key, and all that happens in the channels that the member has joined. ' +
        'Whoever reconnects with the last id, as the header or the query Last-Event-ID, is told what it missed, in order and ' +
        'once. Ids are kept for 7 days; an older one is answered by an event of type reset: read the state anew. A comment ' +
        'comes every 15 s. Where no header can be sent, the access token may stand in the query accessToken.',
      ko:
        '서버 전송 이벤트(SSE): 자신의 스트림키 변경과 참여한 채널의 이벤트를 받습니다. Last-Event-ID(헤더 또는 쿼리)로 다시 연결하면 ' +
        '놓친 이벤트를 순서대로 한 번씩 받습니다. ID는 7일간 보관되며, 더 오래된 ID에는 reset 이벤트가 전송됩니다. 15초마다 주석이 ' +
        '전송됩니다. 헤더를 보낼 수 없는 경우 accessToken 쿼리를 사용할 수 있습니다.',
    },
    answer: { status: 200, schema: streamedEvent },
    stream: true,
    errors: [],
  }),
} as const;
