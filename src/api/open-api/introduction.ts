import type { PublishedApi } from '../contract';
import type { Text } from '../contract/operation';

const COMMON: Text = {
  en: `**Errors** have exactly two members, \`errorCode\` and \`errorMessage\`. Decide by the code; the text is for people.

**Lists** are pages that count from 0. A page beyond the end is empty.

**Repeating**: send an \`Idempotency-Key\` with a POST, and repeat it with the same key when its answer was lost: it is carried
out once.

**Times** are ISO 8601 in UTC. Unknown fields of a request are ignored.

**Rate limits** are told by the headers \`RateLimit\` and \`RateLimit-Policy\`; beyond them the answer is 429 with \`Retry-After\`.

Every answer has an \`X-Request-Id\`: yours, if you sent one.`,
  ko: `**오류**는 항상 \`errorCode\`와 \`errorMessage\` 두 필드로 응답합니다. 코드로 판단하고, 메시지는 사람이 읽기 위한 것입니다.

**목록**은 0부터 시작하는 페이지로 응답합니다. 마지막을 넘은 페이지는 비어 있습니다.

**재시도**: POST 요청에 \`Idempotency-Key\`를 보내고, 응답을 받지 못했다면 같은 키로 다시 보내세요. 한 번만 수행됩니다.

**시각**은 UTC 기준 ISO 8601 형식입니다. 알 수 없는 요청 필드는 무시됩니다.

**요청 제한**은 \`RateLimit\`, \`RateLimit-Policy\` 헤더로 알려 주며, 초과하면 \`Retry-After\`와 함께 429로 응답합니다.

모든 응답에는 \`X-Request-Id\`가 있습니다. 요청에 보낸 값이 있으면 그 값입니다.`,
};

const ASKS: Record<PublishedApi['name'], Text> = {
  'ffc-app-server': {
    en: "For your app's backend. Send API key and API secret as HTTP Basic.",
    ko: '앱의 백엔드를 위한 API입니다. API 키와 API 시크릿을 HTTP Basic으로 보내세요.',
  },
  'ffc-members': {
    en: 'For phones and browsers of your members. Send the access token that your backend got at login as HTTP Bearer.',
    ko: '회원의 휴대폰과 브라우저를 위한 API입니다. 백엔드가 로그인으로 받은 액세스 토큰을 HTTP Bearer로 보내세요.',
  },
};

const introduction = (name: PublishedApi['name']): Text => ({
  en: `${ASKS[name].en}\n\n${COMMON.en}`,
  ko: `${ASKS[name].ko}\n\n${COMMON.ko}`,
});

/** What stands before the operations, in Markdown. */
export const INTRODUCTIONS: Record<PublishedApi['name'], Text> = {
  'ffc-app-server': introduction('ffc-app-server'),
  'ffc-members': introduction('ffc-members'),
};
