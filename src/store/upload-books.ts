import { timingSafeEqual } from 'node:crypto';
import type { Knex } from 'knex';
import { isUploadOpen, recordPart } from './uploads';
import type { Vault } from './vault';

/** The books of uploads, as the door that takes them needs them. Errors: DATABASE_UNAVAILABLE. */
export const createUploads = (knex: Knex, vault: Vault) => ({
  isSigned(address: string, signature: string): boolean {
    const right = Buffer.from(vault.signUpload(address));
    const given = Buffer.from(signature);
    return right.length === given.length && timingSafeEqual(right, given);
  },
  isOpen: (upload: string): Promise<boolean> => isUploadOpen(knex, upload),
  finished: (upload: string, part: { number: number; etag: string; bytes: number }): Promise<string | null> =>
    recordPart(knex, upload, { part_number: part.number, etag: part.etag, bytes: part.bytes }),
});
