import { randomBytes, webcrypto } from 'node:crypto';
import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import { MAX_STREAMING_TOKEN_SECONDS } from '../domain/token-lives';
import { whileDatabaseAnswers } from '../store/database-errors';
import { randomBase62 } from '../store/random-name';
import {
  addSigningKey,
  listSigningKeys,
  replaceSigningKey,
  type NewSigningKey,
  type SigningKeyRow,
} from '../store/signing-keys';
import type { Vault } from '../store/vault';

/** HS256 takes a key as long as its hash. */
const SECRET_BYTES = 32;
/** A process learns of a rotation by the new key's id at once, and of the old one's retirement within this time. */
const REREAD_EVERY_MS = 60_000;
/** Anybody can send a made-up key id: it costs at most one read a second. */
const UNKNOWN_KID_READ_EVERY_MS = 1_000;
/** The longest token, signed by a process that had not yet heard of the retirement; and an hour for clocks that differ. */
const VERIFIES_AFTER_RETIREMENT_MS = MAX_STREAMING_TOKEN_SECONDS * 1_000 + REREAD_EVERY_MS + 60 * 60_000;

export interface SigningKey {
  kid: string;
  key: webcrypto.CryptoKey;
  signs: boolean;
}

/** A new key, encrypted as it is stored. */
function newKey(vault: Vault): NewSigningKey {
  const kid = randomBase62();
  return {
    kid,
    secretCiphertext: vault.encryptSigningKey(kid, randomBytes(SECRET_BYTES).toString('base64')),
  };
}

async function open(vault: Vault, row: SigningKeyRow): Promise<SigningKey> {
  const secret = Buffer.from(vault.decryptSigningKey(row.kid, row.secret_ciphertext), 'base64');
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await webcrypto.subtle.importKey('raw', secret, algorithm, false, ['sign', 'verify']);
  return { kid: row.kid, key, signs: row.retired_at === null };
}

/**
 * Makes a new key sign from now on. The earlier one still verifies until its longest token is over, so nobody is logged out.
 * For operators; running processes need no restart.
 */
export function rotateSigningKey(knex: Knex, vault: Vault): Promise<void> {
  return replaceSigningKey(knex, newKey(vault), new Date(Date.now() - VERIFIES_AFTER_RETIREMENT_MS));
}

/** The keys that tokens are signed with, in memory: most look-ups ask nobody. */
export class SigningKeyring {
  private keys = new Map<string, SigningKey>();
  private readAtMs = -Infinity;
  private triedAtMs = -Infinity;
  private reading: Promise<void> | null = null;

  constructor(
    private readonly knex: Knex,
    private readonly vault: Vault,
    private readonly now: () => number,
  ) {}

  /** The key that signs; the first one is made here. */
  async current(): Promise<SigningKey> {
    if (this.now() - this.readAtMs >= REREAD_EVERY_MS) await this.read();
    const known = this.signing();
    if (known) return known;
    await addSigningKey(this.knex, newKey(this.vault));
    await this.read();
    const made = this.signing();
    if (!made) throw new Error('no signing key signs, although one was just made');
    return made;
  }

  /** The key of a token, undefined where it is none of ours or its last token is long over. Errors: DATABASE_UNAVAILABLE. */
  async find(kid: string): Promise<SigningKey | undefined> {
    if (this.keys.size > 0 && this.now() - this.triedAtMs >= REREAD_EVERY_MS) await this.readIfPossible();
    const known = this.keys.get(kid);
    if (known || this.now() - this.readAtMs < UNKNOWN_KID_READ_EVERY_MS) return known;
    await this.read();
    return this.keys.get(kid);
  }

  private signing = (): SigningKey | undefined => [...this.keys.values()].find(({ signs }) => signs);

  /** While Postgres is away the keys in memory go on to verify: viewers and members are not to notice. */
  private async readIfPossible(): Promise<void> {
    try {
      await this.read();
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
    }
  }

  /** One at a time, however many wait for it. */
  private read(): Promise<void> {
    this.reading ??= this.readNow().finally(() => (this.reading = null));
    return this.reading;
  }

  private async readNow(): Promise<void> {
    this.triedAtMs = this.now();
    const since = new Date(this.triedAtMs - VERIFIES_AFTER_RETIREMENT_MS);
    const rows = await whileDatabaseAnswers(() => listSigningKeys(this.knex, since));
    const keys = await Promise.all(rows.map((row) => open(this.vault, row)));
    this.keys = new Map(keys.map((key) => [key.kid, key]));
    this.readAtMs = this.triedAtMs;
  }
}
