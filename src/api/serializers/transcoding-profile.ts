import type { AppRow } from '../../store/apps';
import type { TranscodingProfileRow } from '../../store/transcoding-profiles';

/** A profile as `app` sees it: the system's, or its own. */
export const serializeTranscodingProfile = (row: TranscodingProfileRow, app: AppRow) => ({
  id: row.id,
  state: row.entity_state,
  type: row.type,
  name: row.name,
  profile: row.profile as Record<string, unknown>,
  revision: row.revision,
  creatorType: row.app_id === null ? ('SYSTEM' as const) : ('APP' as const),
  representativeType: row.is_default ? ('DEFAULT' as const) : ('NON_DEFAULT' as const),
  app: row.app_id === null ? null : { id: app.id, state: app.entity_state, name: app.name },
  description: row.description ?? '',
  createdAt: row.created_at.toISOString(),
  lastModifiedAt: row.last_modified_at.toISOString(),
});
