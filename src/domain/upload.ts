/** Which file of a video post an upload brings. */
export const UPLOAD_KINDS = ['src', 'thumbnail', 'preview'] as const;
export type UploadKind = (typeof UPLOAD_KINDS)[number];

/**
 * OPEN: parts come in. COMPLETED: all parts are there and counted, nothing more is taken. TAKEN: it is the post's file now.
 * REFUSED: what was uploaded can not be used. EXPIRED: not completed in time, or replaced by another one.
 */
export const UPLOAD_STATES = ['OPEN', 'COMPLETED', 'TAKEN', 'REFUSED', 'EXPIRED'] as const;
export type UploadState = (typeof UPLOAD_STATES)[number];

const MB = 1024 * 1024;
const GB = 1024 * MB;

/** The longest show at 20 Mbit/s is 80 GB; a picture of 50 megapixels is below 20 MB; a preview is seconds. */
export const MAX_UPLOAD_BYTES: Readonly<Record<UploadKind, number>> = {
  src: 100 * GB,
  thumbnail: 20 * MB,
  preview: 500 * MB,
};
/** Of 100 MB each for the largest source; as many stand in one request of 1 MB. */
export const MAX_UPLOAD_PARTS = 1_000;
/** "Short-lived": time enough to begin a part on a slow line; asking again renews them. */
export const UPLOAD_URL_SECONDS = 60 * 60;
/** Issue 5: what is not completed goes after a day (of its last renewal). */
export const UPLOAD_LIFE_SECONDS = 24 * 60 * 60;

/**
 * Bytes of each part, in order: `ceil(total / count)` and a rest. Fewer parts than asked for where the rest is used up before.
 * `total` and `count` at least 1.
 */
export function partSizes(total: number, count: number): number[] {
  const size = Math.ceil(total / count);
  const parts = Math.ceil(total / size);
  return Array.from({ length: parts }, (_, at) => Math.min(size, total - at * size));
}

/** What one upload address allows; its signature is over this text. */
export interface UploadAddress {
  /** The upload's unguessable name. */
  upload: string;
  /** From 1. */
  part: number;
  bytes: number;
  /** Unix seconds. */
  expiresAt: number;
}

export const uploadAddressText = ({ upload, part, bytes, expiresAt }: UploadAddress): string =>
  `${upload}/${part}?bytes=${bytes}&expires=${expiresAt}`;

/** The address that a client puts a part to. */
export const uploadUrl = (httpBase: string, address: UploadAddress, signature: string): string =>
  `${httpBase}/uploads/${uploadAddressText(address)}&signature=${signature}`;

/** ETags stand in quotes or bare, and some clients write them in capitals. */
export const bareETag = (text: string): string => text.replace(/^W\//, '').replace(/"/g, '').toLowerCase();
