import { z } from 'zod';
import { appUserId, customData, customType, email, personName, url } from './fields';

/** POST /members. Absent: unchanged; null: removed. Other fields are ignored. */
export const memberBody = z.object({
  appUserId: appUserId('EMPTY_APP_USER_ID'),
  appUserName: personName.nullish(),
  appUserProfileImgUrl: url.nullish(),
  email: email.nullish(),
  customType: customType.nullish(),
  customData: customData.nullish(),
});
