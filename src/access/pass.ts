import { timingSafeEqual } from 'node:crypto';
import type { MediaKind } from '../domain/access-gate';
import type { Claims } from './claims';

/** Marks the layout, so that another one can follow it. */
const FORMAT = 1;
const VIEWER_KINDS = ['app', 'member', 'guest'] as const;
/** Ids and epoch milliseconds are below 2^48. */
const NUMBER_BYTES = 6;
/** The login's UUID; zeros where there is none. */
const FAMILY_BYTES = 16;
const FAMILY_AT = 2 + 4 * NUMBER_BYTES;
const CLAIMS_BYTES = FAMILY_AT + FAMILY_BYTES;
/** 128 bits: nobody guesses that within a token's life. */
const SIGNATURE_BYTES = 16;
const PASS = /^[0-9a-f]{116}$/;
const NO_FAMILY = '0'.repeat(2 * FAMILY_BYTES);

const dashed = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/**
 * Passes: what a streaming token becomes in a URL's path, so that the relative addresses in untouched playlists inherit it.
 * Signed and bound to one name, so that one that leaks opens one resource, for one viewer, until its token is over.
 * Hexadecimal: unlike base64 it can not spell `egress`, by which players tell HTTP-FLV.
 */
export class Passes {
  /** `sign`: a keyed hash of at least 16 bytes. */
  constructor(private readonly sign: (text: string) => Buffer) {}

  mint(kind: MediaKind, name: string, claims: Claims): string {
    const { viewer } = claims;
    const bytes = Buffer.alloc(CLAIMS_BYTES);
    bytes[0] = FORMAT;
    bytes[1] = VIEWER_KINDS.indexOf(viewer.kind);
    const numbers = [
      viewer.appId,
      viewer.kind === 'app' ? 0 : viewer.memberId,
      claims.issuedAtMs,
      claims.expiresAtMs,
    ];
    numbers.forEach((number, at) =>
      bytes.writeUIntBE(Math.floor(number), 2 + at * NUMBER_BYTES, NUMBER_BYTES),
    );
    bytes.write(claims.familyId?.replaceAll('-', '') ?? NO_FAMILY, FAMILY_AT, 'hex');
    return bytes.toString('hex') + this.signature(kind, name, bytes).toString('hex');
  }

  /** Null for what was not minted here for this name. Whether it is over is for the reader of the claims. */
  read(kind: MediaKind, name: string, pass: string): Claims | null {
    if (!PASS.test(pass)) return null;
    const all = Buffer.from(pass, 'hex');
    const bytes = all.subarray(0, CLAIMS_BYTES);
    if (!timingSafeEqual(all.subarray(CLAIMS_BYTES), this.signature(kind, name, bytes))) return null;
    const number = (at: number): number => bytes.readUIntBE(2 + at * NUMBER_BYTES, NUMBER_BYTES);
    const viewerKind = VIEWER_KINDS[bytes[1] ?? VIEWER_KINDS.length];
    if (bytes[0] !== FORMAT || viewerKind === undefined) return null;
    const [appId, memberId] = [number(0), number(1)];
    const viewer: Claims['viewer'] =
      viewerKind === 'app' ? { kind: viewerKind, appId } : { kind: viewerKind, appId, memberId };
    const family = bytes.toString('hex', FAMILY_AT);
    const familyId = family === NO_FAMILY ? null : dashed(family);
    return { viewer, issuedAtMs: number(2), expiresAtMs: number(3), familyId };
  }

  private signature(kind: MediaKind, name: string, bytes: Buffer): Buffer {
    return this.sign(`${kind}/${name}/${bytes.toString('hex')}`).subarray(0, SIGNATURE_BYTES);
  }
}
