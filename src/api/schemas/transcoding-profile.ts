import { z } from 'zod';
import { PROFILE_TYPES } from '../../domain/transcoding-profile';
import { TIME_SORTS } from '../../store/page';
import { said } from '../contract/operation';
import { optional, pageQuery, textFilter } from './page';

export const CREATOR_TYPES = ['SYSTEM', 'APP'] as const;
export const REPRESENTATIVE_TYPES = ['DEFAULT', 'NON_DEFAULT'] as const;

const oneOf = <const T extends readonly string[]>(values: T) =>
  optional(z.enum(values, `takes ${values.join(', ')}`));

/** GET /transcoding-profiles. */
export const transcodingProfilesQuery = z.object({
  ...pageQuery(TIME_SORTS),
  type: said(oneOf(PROFILE_TYPES), 'What it is for.', '용도.', 'BROADCAST_RTMP'),
  creatorType: said(
    oneOf(CREATOR_TYPES),
    'SYSTEM: for all apps. APP: made for yours alone.',
    'SYSTEM: 모든 앱 공용. APP: 해당 앱 전용.',
    'SYSTEM',
  ),
  representativeType: said(
    oneOf(REPRESENTATIVE_TYPES),
    'DEFAULT: the one that is taken where none is chosen.',
    'DEFAULT: 선택하지 않았을 때 사용되는 프로파일.',
    'DEFAULT',
  ),
  name: said(textFilter(), 'Part of the name, whatever its case.', '이름의 일부, 대소문자 무시.', 'CMAF'),
});
