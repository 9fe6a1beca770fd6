import type { Knex } from 'knex';
import type { MainActivities } from '../activities/types';
import { CodedError } from '../domain/errors';
import { whileDatabaseAnswers } from './database-errors';
import type { Vault } from './vault';

/**
 * Makes the activity that gives a key a new secret. Safe to repeat: a row that already has this version, or a later one, keeps
 * its secret. From the commit on the old key is unknown to every look-up.
 *
 * Errors: STREAM_KEY_NOT_FOUND, DATABASE_UNAVAILABLE.
 */
export function createRotateStreamKey(knex: Knex, vault: Vault): MainActivities['rotateStreamKey'] {
  return ({ streamKeyId, toVersion }) =>
    whileDatabaseAnswers(async () => {
      const secret = vault.newStreamKey(streamKeyId);
      const rotated = await knex('stream_keys')
        .where({ id: streamKeyId })
        .andWhere('key_version', '<', toVersion)
        .update({
          key_hash: vault.hashStreamKey(secret),
          key_ciphertext: vault.encryptStreamKey(streamKeyId, secret),
          key_version: toVersion,
          last_modified_at: knex.fn.now(3),
        });
      if (rotated > 0) return;
      const exists = await knex('stream_keys').where({ id: streamKeyId }).first('id');
      if (!exists) throw new CodedError('STREAM_KEY_NOT_FOUND');
    });
}
