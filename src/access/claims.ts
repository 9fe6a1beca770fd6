import type { Viewer } from '../domain/access';
import type { ErrorCode } from '../domain/errors';

/** What a streaming token or a pass says of its bearer. Epoch milliseconds. */
export interface Claims {
  viewer: Exclude<Viewer, { kind: 'nobody' }>;
  /** Of the token: a pass is as old as what it was exchanged for. */
  issuedAtMs: number;
  expiresAtMs: number;
  /** The login it comes from, a UUID; null where it comes from none. */
  familyId: string | null;
}

/** Claims, or why there are none: the refusal wherever one needs some. */
export type Asker = Claims | Extract<ErrorCode, 'EMPTY_STREAMING_TOKEN' | 'INVALID_STREAMING_TOKEN'>;
