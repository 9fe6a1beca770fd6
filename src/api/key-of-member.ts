import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import { findStreamKeyOfMember, type StreamKeyDetails } from '../store/stream-keys';

/** The stream key of a member of the app. Errors: STREAM_KEY_NOT_FOUND. */
export async function keyOfMember(knex: Knex, appId: number, memberId: number): Promise<StreamKeyDetails> {
  const key = await findStreamKeyOfMember(knex, appId, memberId);
  if (!key) throw new CodedError('STREAM_KEY_NOT_FOUND');
  return key;
}
