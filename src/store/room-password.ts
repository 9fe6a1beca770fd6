import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';

/** 16 MiB and some 50 ms of a core for one guess: dear for whoever has a copy of the table, cheap for whoever joins. */
const COST: Required<Pick<ScryptOptions, 'N' | 'r' | 'p'>> = { N: 16_384, r: 8, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Marks how it was made, so that another way can follow it. */
const FORMAT = 's1';

const derive = (password: string, salt: Buffer): Promise<Buffer> =>
  new Promise((done, reject) =>
    scrypt(password.normalize('NFC'), salt, HASH_BYTES, COST, (error, hash) =>
      error ? reject(error) : done(hash),
    ),
  );

/** A room's password as it is kept: nobody can read it back. */
export async function hashRoomPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt);
  return [FORMAT, salt.toString('base64url'), hash.toString('base64url')].join('.');
}

/** Takes as long for a wrong password as for the right one. */
export async function roomPasswordMatches(password: string, stored: string): Promise<boolean> {
  const [format, salt, hash] = stored.split('.');
  if (format !== FORMAT || !salt || !hash) throw new Error('a room password is kept in an unknown format');
  const expected = Buffer.from(hash, 'base64url');
  const actual = await derive(password, Buffer.from(salt, 'base64url'));
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}
