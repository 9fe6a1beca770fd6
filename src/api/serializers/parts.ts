import type { EntityState } from '../../store/apps';

/** Times as FlipFlop writes them: ISO 8601 in UTC, with milliseconds. */
export const isoOrNull = (time: Date | null): string | null => (time === null ? null : time.toISOString());

/** The parts of a member that a joined row carries. */
export interface WithMember {
  member_id: number;
  member_entity_state: EntityState;
  member_app_user_id: string;
  member_app_user_name: string | null;
  member_profile_img_url: string | null;
}

/** And those of its app. */
export interface WithAppAndMember extends WithMember {
  app_id: number;
  app_name: string;
  app_entity_state: EntityState;
}

export const nestedApp = (row: WithAppAndMember) => ({
  id: row.app_id,
  state: row.app_entity_state,
  name: row.app_name,
});

export const nestedMember = (row: WithMember) => ({
  id: row.member_id,
  state: row.member_entity_state,
  appUserId: row.member_app_user_id,
  appUserName: row.member_app_user_name,
  appUserProfileImgUrl: row.member_profile_img_url,
});
