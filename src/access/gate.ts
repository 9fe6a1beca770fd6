import type { AccessGate, Admission, MediaKind } from '../domain/access-gate';
import { CodedError } from '../domain/errors';
import type { AccessBook } from './book';
import type { Asker, Claims } from './claims';
import type { Passes } from './pass';

/** What a verified streaming token says; src/tokens answers so. */
export interface StreamingIdentity {
  appId: number;
  /** Null: the app's own token. */
  memberId: number | null;
  guest: boolean;
  /** The login it comes from; null: none. */
  familyId: string | null;
  issuedAtMs: number;
  expiresAtMs: number;
}

/** What is on this node under a name; asked before the database, so that invented names never reach it. */
export interface MediaPresence {
  isPreview(name: string): boolean;
  has(kind: MediaKind, name: string): boolean | Promise<boolean>;
}

export interface GateParts {
  book: AccessBook;
  passes: Passes;
  /** Rejects with CodedError: INVALID_ or EXPIRED_STREAMING_TOKEN, DATABASE_UNAVAILABLE. */
  verify(token: string): Promise<StreamingIdentity>;
  media: MediaPresence;
}

/** A preview's name is given to the owner only and can not be guessed: whoever knows it may watch. No cache keeps it. */
const PREVIEW: Admission = { isPublic: false, watch: () => () => undefined };

const NOT_FOUND = { live: 'VIDEO_ROOM_NOT_FOUND', vod: 'VIDEO_POST_NOT_FOUND' } as const;

/** The doors' gate: passes and tokens become viewers, the book decides about them. */
export class PlaybackGate implements AccessGate {
  constructor(private readonly parts: GateParts) {}

  admit(kind: MediaKind, name: string, pass: string | null): Admission | Promise<Admission> {
    return this.open(kind, name) ?? this.admitKnown(kind, name, this.bearerOf(kind, name, pass));
  }

  admitByToken(kind: MediaKind, name: string, token: string | null): Admission | Promise<Admission> {
    const open = this.open(kind, name);
    if (open) return open;
    return token === null
      ? this.admitKnown(kind, name, 'EMPTY_STREAMING_TOKEN')
      : this.admitToken(kind, name, token);
  }

  async passFor(kind: MediaKind, name: string, token: string): Promise<string> {
    const claims = claimsOf(await this.parts.verify(token));
    await this.admitKnown(kind, name, claims);
    return this.parts.passes.mint(kind, name, claims);
  }

  private open(kind: MediaKind, name: string): Admission | null {
    const open = this.parts.book.openTo(kind, name);
    if (open) return open;
    return kind === 'live' && this.parts.media.isPreview(name) ? PREVIEW : null;
  }

  private bearerOf(kind: MediaKind, name: string, pass: string | null): Asker {
    if (pass === null) return 'EMPTY_STREAMING_TOKEN';
    return this.parts.passes.read(kind, name, pass) ?? 'INVALID_STREAMING_TOKEN';
  }

  private admitKnown(kind: MediaKind, name: string, asker: Asker): Admission | Promise<Admission> {
    const { book } = this.parts;
    return book.has(kind, name) ? book.admit(kind, name, asker) : this.admitUnknown(kind, name, asker);
  }

  private async admitUnknown(kind: MediaKind, name: string, asker: Asker): Promise<Admission> {
    const { book, media } = this.parts;
    if (!(await media.has(kind, name))) throw new CodedError(NOT_FOUND[kind]);
    return book.admit(kind, name, asker);
  }

  /** A token that is no good is no hindrance where none is needed: so the resource is looked at first. */
  private async admitToken(kind: MediaKind, name: string, token: string): Promise<Admission> {
    try {
      return await this.admitKnown(kind, name, 'EMPTY_STREAMING_TOKEN');
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'EMPTY_STREAMING_TOKEN') throw error;
    }
    return this.admitKnown(kind, name, claimsOf(await this.parts.verify(token)));
  }
}

function claimsOf({ appId, memberId, guest, ...rest }: StreamingIdentity): Claims {
  const viewer: Claims['viewer'] =
    memberId === null ? { kind: 'app', appId } : { kind: guest ? 'guest' : 'member', appId, memberId };
  const { familyId, issuedAtMs, expiresAtMs } = rest;
  return { viewer, familyId, issuedAtMs, expiresAtMs };
}
