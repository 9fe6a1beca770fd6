import type { PathParameters } from './operation';

/** What several contracts say alike. */

export const ROOM_PATH = '/video-rooms/{videoRoomId}';
export const POST_PATH = '/video-posts/{videoPostId}';

/** A member of a path, on the server API. */
export const MEMBER_OF_APP: PathParameters = {
  appUserId: { en: 'Your own id of the member.', ko: '멤버의 appUserId.' },
};
/** The same, where members ask. */
export const MEMBER_NAMED: PathParameters = {
  appUserId: { en: 'The member, in the words of the app', ko: '앱의 멤버 ID' },
};
