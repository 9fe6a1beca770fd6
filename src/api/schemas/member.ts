import { z } from 'zod';
import { MEMBER_SORTS } from '../../store/list-members';
import { RELATION_SORTS } from '../../store/relations';
import { said } from '../contract/operation';
import { appUserId, customData, customType, email, personName, text, url } from './fields';
import { optional, pageQuery, textFilter } from './page';

/** Codes such as `KR` and `ko-KR`; whatever an app writes is kept as it is. */
const MAX_LOCALE_CHARACTERS = 35;

const profile = {
  appUserName: said(personName.nullish(), 'Name to show.', '표시 이름.', 'Alice'),
  appUserProfileImgUrl: said(
    url.nullish(),
    'Address of a picture.',
    '프로필 이미지 주소.',
    'https://example.com/alice.png',
  ),
  email: said(email.nullish(), 'Mail address.', '이메일 주소.', 'alice@example.com'),
  country: said(text(MAX_LOCALE_CHARACTERS).nullish(), 'Country code.', '국가 코드.', 'KR'),
  lang: said(text(MAX_LOCALE_CHARACTERS).nullish(), 'Language code.', '언어 코드.', 'ko'),
  customType: said(customType.nullish(), 'A type of your own.', '사용자 정의 타입.', 'host'),
  customData: customData.nullish(),
};

/** POST /members. Absent: unchanged; null: removed. Other fields are ignored. */
export const memberBody = z.object({
  appUserId: said(
    appUserId('EMPTY_APP_USER_ID'),
    'Your own id of the member: letters, digits, "-" and "_".',
    '앱에서 사용하는 회원 ID: 영문자, 숫자, "-", "_".',
    'alice',
  ),
  ...profile,
});

/** PATCH /members/{appUserId}. Absent: unchanged; null: removed. Other fields are ignored. */
export const memberChange = z.object(profile);

/** GET /members. */
export const membersQuery = z.object({
  ...pageQuery(MEMBER_SORTS),
  appUserId: said(optional(text(64)), 'Just this member.', '해당 appUserId의 멤버만.', 'alice'),
  appUserName: said(
    textFilter(),
    'Part of the name, whatever its case.',
    '이름의 일부, 대소문자 무시.',
    'ali',
  ),
});

/** Lists of relations. */
export const relationsQuery = z.object(pageQuery(RELATION_SORTS));
