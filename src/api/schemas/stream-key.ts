import { z } from 'zod';
import { OUTPUT_MODES } from '../../domain/output-mode';
import { TIME_SORTS } from '../../store/page';
import { said } from '../contract/operation';
import { text } from './fields';
import { idFilter, optional, pageQuery, textFilter } from './page';

/** GET /stream-keys. */
export const streamKeysQuery = z.object({
  ...pageQuery(TIME_SORTS),
  memberId: said(idFilter(), 'Just the key of this member.', '해당 멤버의 키만.', 12),
  appUserId: said(optional(text(64)), 'Just the key of this member.', '해당 appUserId의 키만.', 'alice'),
  appUserName: said(
    textFilter(),
    "Part of the member's name, whatever its case.",
    '멤버 이름의 일부, 대소문자 무시.',
    'ali',
  ),
  videoRoomId: said(idFilter(), 'The key that holds this room.', '해당 비디오룸을 점유한 키.', 5),
  keyword: said(
    textFilter(),
    "Part of the member's appUserId or name, whatever its case.",
    'appUserId 또는 이름의 일부, 대소문자 무시.',
    'ali',
  ),
});

/** PATCH /stream-keys/{id}. Absent: unchanged; null: back to the app's. Both count from the next publish on. */
export const streamKeyChange = z.object({
  profileId: said(
    z.int('takes the id of a profile').min(1, 'takes the id of a profile').nullish(),
    'A transcoding profile of type BROADCAST_RTMP, of the system or of this app; it counts from the next publish on. Null goes back to that of the app.',
    'BROADCAST_RTMP 타입의 트랜스코딩 프로파일(시스템 또는 해당 앱). 다음 송출부터 적용되며, null이면 앱 설정으로 돌아갑니다.',
    4,
  ),
  defaultRtmpOutputMode: said(
    z.enum(OUTPUT_MODES, `takes ${OUTPUT_MODES.join(', ')}`).nullish(),
    "Output mode of the key's next publishes, where their URL names none. Null goes back to that of the app.",
    '송출 URL에 mode가 없을 때 적용되는 출력 모드. null이면 앱 설정으로 돌아갑니다.',
    'RTMP_CMAF',
  ),
});
