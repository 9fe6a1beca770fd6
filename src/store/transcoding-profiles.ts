import type { Knex } from 'knex';
import type { ProfileType } from '../domain/transcoding-profile';
import type { EntityState } from './apps';
import { asLiteral, readPage, timeOrder, type PageRequest, type TimeSort } from './page';

export interface TranscodingProfileRow {
  id: number;
  /** Null: the system's. */
  app_id: number | null;
  type: ProfileType;
  name: string;
  description: string | null;
  /** `LiveProfileContent` of type BROADCAST_RTMP, `VideoProfileContent` of type VIDEO. */
  profile: object;
  revision: number;
  is_default: boolean;
  entity_state: EntityState;
  created_at: Date;
  last_modified_at: Date;
}

export interface ProfileFilter {
  type?: ProfileType;
  creatorType?: 'SYSTEM' | 'APP';
  representativeType?: 'DEFAULT' | 'NON_DEFAULT';
  /** Part of the name, whatever its case. */
  name?: string;
}

/** The system's and the app's own. */
const ofApp = (knex: Knex, appId: number) =>
  knex('transcoding_profiles as p')
    .where('p.entity_state', 'ACTIVE')
    .andWhere((either) => either.whereNull('p.app_id').orWhere('p.app_id', appId));

function matching(knex: Knex, appId: number, filter: ProfileFilter) {
  const profiles = ofApp(knex, appId);
  if (filter.type !== undefined) profiles.andWhere('p.type', filter.type);
  if (filter.creatorType === 'SYSTEM') profiles.whereNull('p.app_id');
  if (filter.creatorType === 'APP') profiles.whereNotNull('p.app_id');
  if (filter.representativeType !== undefined)
    profiles.andWhere('p.is_default', filter.representativeType === 'DEFAULT');
  if (filter.name !== undefined) profiles.andWhereILike('p.name', `%${asLiteral(filter.name)}%`);
  return profiles;
}

export function listTranscodingProfiles(
  knex: Knex,
  appId: number,
  filter: ProfileFilter,
  page: PageRequest,
): Promise<{ rows: TranscodingProfileRow[]; total: number }> {
  const source = {
    matching: (trx: Knex) => matching(trx, appId, filter),
    columns: ['p.*'],
    order: timeOrder('p'),
    tieBreaker: 'p.id',
  };
  return readPage<TranscodingProfileRow, TimeSort>(knex, source, page);
}

/** Of the system or this app; undefined for another app's. */
export function findTranscodingProfile(
  knex: Knex,
  appId: number,
  id: number,
): Promise<TranscodingProfileRow | undefined> {
  return ofApp(knex, appId).andWhere('p.id', id).first<TranscodingProfileRow | undefined>('p.*');
}

/** A custom profile of one app. What it holds was checked by the caller. */
export async function insertTranscodingProfile(
  knex: Knex,
  profile: { appId: number; type: ProfileType; name: string; description: string | null; content: object },
): Promise<TranscodingProfileRow> {
  const [row] = await knex('transcoding_profiles')
    .insert({
      app_id: profile.appId,
      type: profile.type,
      name: profile.name,
      description: profile.description,
      profile: JSON.stringify(profile.content),
    })
    .returning<TranscodingProfileRow[]>('*');
  if (!row) throw new Error('the insert of a profile returned no row');
  return row;
}
