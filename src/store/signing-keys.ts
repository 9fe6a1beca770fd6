import type { Knex } from 'knex';

export interface SigningKeyRow {
  kid: string;
  secret_ciphertext: Buffer;
  created_at: Date;
  /** It signs no more since then; what it signed stays good until it expires. */
  retired_at: Date | null;
}

export interface NewSigningKey {
  kid: string;
  secretCiphertext: Buffer;
}

/** The one that signs, and those retired since `since`. */
export function listSigningKeys(knex: Knex, since: Date): Promise<SigningKeyRow[]> {
  return knex('signing_keys')
    .whereNull('retired_at')
    .orWhere('retired_at', '>', since)
    .select<SigningKeyRow[]>('*');
}

/** Adds a key that signs from now on, unless there is one already: of two that are made at once one stays. */
export async function addSigningKey(knex: Knex, key: NewSigningKey): Promise<void> {
  await knex('signing_keys')
    .insert({ kid: key.kid, secret_ciphertext: key.secretCiphertext })
    .onConflict()
    .ignore();
}

/** Retires the key that signs, puts `key` in its place and removes what was retired before `before`. */
export function replaceSigningKey(knex: Knex, key: NewSigningKey, before: Date): Promise<void> {
  return knex.transaction(async (trx) => {
    await trx('signing_keys')
      .whereNull('retired_at')
      .update({ retired_at: trx.fn.now(3) });
    await addSigningKey(trx, key);
    await trx('signing_keys').where('retired_at', '<', before).delete();
  });
}
