import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Admission, MediaKind } from '../domain/access-gate';
import { CodedError } from '../domain/errors';
import type { Asked } from './asked';
import type { AccessGate } from './ports';
import { redirect, refuse } from './respond';

/** Where the gate says that it misses a token that counts, one from the query may still be exchanged. */
const UNAUTHORIZED = 401;

type Exchange = [req: IncomingMessage, res: ServerResponse];

/**
 * Lets a viewer in, or answers: with a redirect to the same address behind a pass where it brought a streaming token, else
 * with the refusal. Null once it has answered.
 */
export async function enter(
  gate: AccessGate,
  asked: Asked,
  resource: { kind: MediaKind; name: string },
  ...[req, res]: Exchange
): Promise<Admission | null> {
  const { kind, name } = resource;
  try {
    const admission = gate.admit(kind, name, asked.pass);
    return admission instanceof Promise ? await admission : admission;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    if (error.status === UNAUTHORIZED && asked.token !== null)
      await exchange(gate, asked, asked.token, resource, req, res);
    else refuse(req, res, error);
    return null;
  }
}

async function exchange(
  gate: AccessGate,
  asked: Asked,
  token: string,
  { kind, name }: { kind: MediaKind; name: string },
  ...[req, res]: Exchange
): Promise<void> {
  try {
    redirect(res, `/p/${await gate.passFor(kind, name, token)}${asked.plain}`);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    refuse(req, res, error);
  }
}
