import type { AppRow } from '../../store/apps';
import type { MemberRow } from '../../store/members';

export const serializeMember = (member: MemberRow, app: AppRow) => ({
  id: member.id,
  state: member.entity_state,
  app: { id: app.id, state: app.entity_state, name: app.name },
  appUserId: member.app_user_id,
  appUserName: member.app_user_name,
  appUserProfileImgUrl: member.app_user_profile_img_url,
  email: member.email,
  country: member.country,
  lang: member.lang,
  customType: member.custom_type,
  customData: member.custom_data,
  createdAt: member.created_at.toISOString(),
  lastModifiedAt: member.last_modified_at.toISOString(),
});
