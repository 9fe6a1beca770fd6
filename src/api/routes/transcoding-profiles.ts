import { CodedError } from '../../domain/errors';
import { findTranscodingProfile, listTranscodingProfiles } from '../../store/transcoding-profiles';
import { transcodingProfilesContract } from '../contract/transcoding-profiles';
import type { ApiDeps } from '../deps';
import { serializePage } from '../serializers/page';
import { serializeTranscodingProfile } from '../serializers/transcoding-profile';
import { bind, type Binding } from '../serve';

/** /transcoding-profiles */
export const transcodingProfileRoutes = ({ knex }: ApiDeps): Binding[] =>
  bind(transcodingProfilesContract, {
    async listTranscodingProfiles({ app, query }) {
      const { page, pageSize, sortBy, ...filter } = query;
      const { rows, total } = await listTranscodingProfiles(knex, app.id, filter, { page, pageSize, sortBy });
      const content = rows.map((row) => serializeTranscodingProfile(row, app));
      return serializePage(content, total, { page, pageSize });
    },
    async getTranscodingProfile({ app, id }) {
      const profileId = id('profileId', 'VIDEO_TRANSCODING_PROFILE_NOT_FOUND');
      const row = await findTranscodingProfile(knex, app.id, profileId);
      if (!row) throw new CodedError('VIDEO_TRANSCODING_PROFILE_NOT_FOUND');
      return serializeTranscodingProfile(row, app);
    },
  });
