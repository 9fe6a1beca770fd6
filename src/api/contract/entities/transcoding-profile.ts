import { z } from 'zod';
import { entityState, id } from './parts';

export const PROFILE_TYPES = ['VIDEO', 'THUMBNAIL', 'PREVIEW', 'BROADCAST_RTMP'] as const;

/** As it stands in other resources. What `profile` holds depends on the type. */
export const transcodingProfilePart = z.object({
  id,
  state: entityState,
  type: z.enum(PROFILE_TYPES),
  name: z.string(),
  profile: z.record(z.string(), z.unknown()),
  revision: z.int().min(1),
});
