import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import { DEFAULT_LIVE_PROFILE, type LiveProfile } from '../domain/live-profile';
import type { OutputMode } from '../domain/output-mode';
import { livePicturesOf, type LiveProfileContent } from '../domain/transcoding-profile';
import type { KeyResolver, ResolvedKey } from '../ingest/contract';
import { whileDatabaseAnswers } from './database-errors';
import { within } from '../deadline';
import { streamKeyFacts } from './stream-key-facts';
import type { StreamKeyRow } from './stream-keys';
import type { Vault } from './vault';

/** A publish is answered within 3 s; this leaves 1 s for asking the workflow. */
const RESOLVE_TIMEOUT_MS = 2_000;
/** Ours have at most 16 + 1 + 22 characters; longer names are not looked up at all. */
const MAX_STREAM_KEY_CHARACTERS = 64;

interface KeyRow extends StreamKeyRow {
  default_rtmp_output_mode: OutputMode;
  /** Null where neither key nor app chose. */
  live_profile: LiveProfileContent | null;
}

/** Finds stream keys by their keyed hash, together with the app's default mode and the profile to encode by. */
export function createKeyResolver(knex: Knex, vault: Vault): KeyResolver {
  const find = async (streamKey: string): Promise<ResolvedKey | null> => {
    const row = await knex('stream_keys as k')
      .join('apps as a', 'a.id', 'k.app_id')
      .leftJoin('transcoding_profiles as p', 'p.id', knex.raw('coalesce(k.profile_id, a.default_profile_id)'))
      .where({
        'k.key_hash': vault.hashStreamKey(streamKey),
        'k.entity_state': 'ACTIVE',
        'a.entity_state': 'ACTIVE',
      })
      .first<KeyRow | undefined>('k.*', 'a.default_rtmp_output_mode', 'p.profile as live_profile');
    if (!row) return null;
    return { ...toResolvedKey(row), facts: await streamKeyFacts(knex, row) };
  };
  return {
    async resolve(streamKey) {
      if (streamKey.length === 0 || streamKey.length > MAX_STREAM_KEY_CHARACTERS) return null;
      return within(
        RESOLVE_TIMEOUT_MS,
        whileDatabaseAnswers(() => find(streamKey)),
        () => new CodedError('DATABASE_UNAVAILABLE'),
      );
    },
  };
}

const profileOf = ({ live_profile: chosen }: KeyRow): LiveProfile =>
  chosen ? { shape: 'fixed', ...livePicturesOf(chosen) } : DEFAULT_LIVE_PROFILE;

const toResolvedKey = (row: KeyRow) => ({
  appId: row.app_id,
  memberId: row.member_id,
  streamKeyId: row.id,
  keyVersion: row.key_version,
  keyMode: row.mode,
  appMode: row.default_rtmp_output_mode,
  profile: profileOf(row),
});
