import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import type { Vault } from './vault';

/** Standard Webhooks takes 24 to 64 bytes; 256 bits are as strong as the signature. */
const SECRET_BYTES = 32;
const SECRET_PREFIX = 'whsec_';
/** After a rotation the old secret signs as well for this long, so that receivers can be changed without a gap. */
const OVERLAP_MS = 24 * 60 * 60_000;
/** FlipFlop's least length of ID and password. */
const MIN_CREDENTIAL_CHARACTERS = 4;
const MAX_CREDENTIAL_CHARACTERS = 255;

/** What an app's callbacks are sent with. */
export interface CallbackSettings {
  url: string | null;
  id: string | null;
  password: string | null;
  /** Those that sign now, newest first, as `whsec_...`. Empty until one is made. */
  secrets: string[];
  /** Null: all that FlipFlop knows. */
  types: string[] | null;
}

/** As they stand in `apps`. */
export interface CallbackColumns {
  callback_url: string | null;
  callback_id: string | null;
  callback_password_ciphertext: Buffer | null;
  callback_secrets: Buffer | null;
  callback_types: string[] | null;
}
export const CALLBACK_COLUMNS = [
  'callback_url',
  'callback_id',
  'callback_password_ciphertext',
  'callback_secrets',
  'callback_types',
] as const;

interface KeptSecret {
  secret: string;
  /** ISO 8601; null: the newest, which has no end. */
  until: string | null;
}

function keptSecrets(vault: Vault, appId: number, ciphertext: Buffer | null): KeptSecret[] {
  if (ciphertext === null) return [];
  const kept = JSON.parse(vault.decryptCallbackSecret(appId, 'secrets', ciphertext)) as KeptSecret[];
  return kept.filter(({ until }) => until === null || Date.parse(until) > Date.now());
}

export function openSettings(vault: Vault, appId: number, columns: CallbackColumns): CallbackSettings {
  const password = columns.callback_password_ciphertext;
  return {
    url: columns.callback_url,
    id: columns.callback_id,
    password: password === null ? null : vault.decryptCallbackSecret(appId, 'password', password),
    secrets: keptSecrets(vault, appId, columns.callback_secrets).map(({ secret }) => secret),
    types: columns.callback_types,
  };
}

export async function readCallbackSettings(
  knex: Knex,
  vault: Vault,
  appId: number,
): Promise<CallbackSettings | undefined> {
  const columns = await knex('apps')
    .where({ id: appId })
    .first<CallbackColumns | undefined>(...CALLBACK_COLUMNS);
  return columns && openSettings(vault, appId, columns);
}

const checkedCredential = (what: string, text: string): string => {
  const { length } = text;
  if (length < MIN_CREDENTIAL_CHARACTERS || length > MAX_CREDENTIAL_CHARACTERS || text.includes('\0'))
    throw new CodedError(
      'INVALID_REQUEST',
      `callback ${what}: takes ${MIN_CREDENTIAL_CHARACTERS} to ${MAX_CREDENTIAL_CHARACTERS} characters`,
    );
  return text;
};

/** For Basic authentication: a ":" would end the ID there. Null: none is sent. Errors: INVALID_REQUEST. */
export function callbackIdColumn(id: string | null): string | null {
  if (id?.includes(':')) throw new CodedError('INVALID_REQUEST', 'callback ID: takes no ":"');
  return id === null ? null : checkedCredential('ID', id);
}

/** Errors: INVALID_REQUEST. */
export function callbackPasswordColumn(vault: Vault, appId: number, password: string | null): Buffer | null {
  if (password === null) return null;
  return vault.encryptCallbackSecret(appId, 'password', checkedCredential('password', password));
}

type SecretColumns = Pick<CallbackColumns, 'callback_url' | 'callback_secrets'>;

/** Held until the transaction ends, so that two callers do not each make one. */
async function lockSecrets(trx: Knex.Transaction, appId: number): Promise<SecretColumns> {
  const row = await trx('apps')
    .where({ id: appId })
    .forUpdate()
    .first<SecretColumns | undefined>('callback_url', 'callback_secrets');
  if (!row) throw new Error(`there is no app ${appId}`);
  return row;
}

/** Writes a new secret, and `before` beside it; answers the new one. */
async function addSecret(
  trx: Knex.Transaction,
  vault: Vault,
  appId: number,
  before: KeptSecret[],
): Promise<string> {
  const secret = SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64');
  const kept = JSON.stringify([{ secret, until: null }, ...before] satisfies KeptSecret[]);
  await trx('apps')
    .where({ id: appId })
    .update({ callback_secrets: vault.encryptCallbackSecret(appId, 'secrets', kept) });
  return secret;
}

/**
 * Makes a new signing secret and answers it: shown now, or never. The one before signs beside it for 24 h more; an even
 * older one no longer does.
 */
export function rotateCallbackSecret(knex: Knex, vault: Vault, appId: number): Promise<string> {
  return knex.transaction(async (trx) => {
    const [newest] = keptSecrets(vault, appId, (await lockSecrets(trx, appId)).callback_secrets);
    const until = new Date(Date.now() + OVERLAP_MS).toISOString();
    return addSecret(trx, vault, appId, newest ? [{ secret: newest.secret, until }] : []);
  });
}

/**
 * Makes the first signing secret of an app that has a receiver, and answers it: shown now, or never. Null where there is one
 * already, or no receiver. Within the caller's transaction.
 */
export async function ensureCallbackSecret(
  trx: Knex.Transaction,
  vault: Vault,
  appId: number,
): Promise<string | null> {
  const row = await lockSecrets(trx, appId);
  if (row.callback_url === null || keptSecrets(vault, appId, row.callback_secrets).length > 0) return null;
  return addSecret(trx, vault, appId, []);
}
