import { Buffer } from 'node:buffer';
import type { RequestHandler } from 'express';
import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import { isApiSecretOf } from '../store/app-secrets';
import { findAppByApiKey, type AppCredentials } from '../store/apps';
import type { Vault } from '../store/vault';
import { letIn } from './caller';

/** Ours take about 100 characters encoded; a longer header is none of ours and is not decoded. */
const MAX_CREDENTIALS_CHARACTERS = 1_024;

/** Null: none were sent. */
function readBasic(header: string | undefined): AppCredentials | null {
  const encoded = /^Basic +(\S+) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return null;
  if (encoded.length > MAX_CREDENTIALS_CHARACTERS) throw new CodedError('INVALID_APP_CREDENTIALS');
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  // NUL is no character of a Postgres text.
  if (colon < 1 || text.includes('\0')) throw new CodedError('INVALID_APP_CREDENTIALS');
  return { apiKey: text.slice(0, colon), apiSecret: text.slice(colon + 1) };
}

/** Lets an app in by HTTP Basic, API key and API secret. */
export function authenticateApp(knex: Knex, vault: Vault): RequestHandler {
  return async (req, res, next) => {
    const credentials = readBasic(req.headers.authorization);
    if (!credentials) throw new CodedError('EMPTY_APP_CREDENTIALS');
    const app = await findAppByApiKey(knex, credentials.apiKey);
    const matches = isApiSecretOf(vault, app, credentials.apiSecret);
    if (!app || !matches) throw new CodedError('INVALID_APP_CREDENTIALS');
    letIn(res, { app, member: null });
    next();
  };
}
