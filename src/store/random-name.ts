import { randomInt } from 'node:crypto';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 22 characters of base62 are 131 bits: nobody guesses one, and no two meet. */
export const UNGUESSABLE_NAME_LENGTH = 22;

/** Random letters and digits from the system's secure source; safe in paths, URLs and RTMP names. */
export function randomBase62(length: number = UNGUESSABLE_NAME_LENGTH): string {
  return Array.from({ length }, () => BASE62.charAt(randomInt(BASE62.length))).join('');
}
