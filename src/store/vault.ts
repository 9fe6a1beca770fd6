import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { randomBase62 } from './random-name';

/** The master key: 256 bits, from the data folder or the environment. */
export const MASTER_KEY_BYTES = 32;
/** AES-GCM's own sizes: a 96-bit nonce, a 128-bit tag. */
const GCM_NONCE_BYTES = 12;
const GCM_TAG_BYTES = 16;
/** Marks the layout of a ciphertext, so that another one can follow it. */
const CIPHERTEXT_FORMAT = 1;
const API_SECRET_RANDOM_CHARACTERS = 43;
/** 128 bits: a preview name is all that protects the preview. */
const PREVIEW_NAME_BYTES = 16;

type Purpose =
  | 'stream-key-hash'
  | 'stream-key-encryption'
  | 'api-secret-hash'
  | 'answer-encryption'
  | 'preview-name'
  | 'callback-encryption'
  | 'signing-key-encryption'
  | 'refresh-token-seal'
  | 'upload-url'
  | 'playback-pass';

/**
 * Everything that is secret at rest goes through here. Each purpose has a key of its own, derived from the master key, so that
 * what is made for one purpose says nothing about another. A copy of the database without the master key reveals no secret and
 * can't be searched by guessing.
 */
export class Vault {
  private readonly keys = new Map<Purpose, Buffer>();

  /** @throws when the master key does not have 32 bytes. */
  constructor(private readonly masterKey: Buffer) {
    if (masterKey.length !== MASTER_KEY_BYTES)
      throw new Error(`the master key must have ${MASTER_KEY_BYTES} bytes`);
  }

  /** A new publish name: the stream key's id, then what can't be guessed. Letters and digits only, as encoders expect. */
  newStreamKey = (streamKeyId: number): string => `${streamKeyId}k${randomBase62()}`;
  newApiKey = (): string => `ak${randomBase62()}`;
  newApiSecret = (): string => `as${randomBase62(API_SECRET_RANDOM_CHARACTERS)}`;

  /** Keyed hash for finding a stream key without keeping it. */
  hashStreamKey = (streamKey: string): Buffer => this.hash('stream-key-hash', streamKey);
  hashApiSecret = (secret: string): Buffer => this.hash('api-secret-hash', secret);

  /** Takes the same time whether the secret is wrong in its first or its last character. */
  apiSecretMatches(secret: string, storedHash: Buffer): boolean {
    const hash = this.hashApiSecret(secret);
    return hash.length === storedHash.length && timingSafeEqual(hash, storedHash);
  }

  /** The ciphertext is bound to the row's id: moved to another row it does not open. */
  encryptStreamKey = (streamKeyId: number, streamKey: string): Buffer =>
    this.encrypt('stream-key-encryption', `stream-key:${streamKeyId}`, streamKey);
  decryptStreamKey = (streamKeyId: number, ciphertext: Buffer): string =>
    this.decrypt('stream-key-encryption', `stream-key:${streamKeyId}`, ciphertext);

  /**
   * The name in a session's preview URLs. Whoever knows it can watch, so it is derived where it is needed and never travels
   * through workflows, events or rows: there only the session id stands.
   */
  previewName = (sessionId: string): string =>
    this.hash('preview-name', sessionId).subarray(0, PREVIEW_NAME_BYTES).toString('hex');

  /** The signature of a pass that opens one resource to one viewer. */
  signPlaybackPass = (pass: string): Buffer => this.hash('playback-pass', pass);

  /** Stored answers may show a secret (a new stream key), so they are kept like one. */
  encryptAnswer = (context: string, answer: string): Buffer =>
    this.encrypt('answer-encryption', context, answer);
  decryptAnswer = (context: string, ciphertext: Buffer): string =>
    this.decrypt('answer-encryption', context, ciphertext);

  /** What an app's callbacks are signed and authenticated with; `what` names which of them. */
  encryptCallbackSecret = (appId: number, what: 'password' | 'secrets', text: string): Buffer =>
    this.encrypt('callback-encryption', `callback-${what}:${appId}`, text);
  decryptCallbackSecret = (appId: number, what: 'password' | 'secrets', ciphertext: Buffer): string =>
    this.decrypt('callback-encryption', `callback-${what}:${appId}`, ciphertext);

  /** What tokens are signed with; bound to its key id. */
  encryptSigningKey = (kid: string, secret: string): Buffer =>
    this.encrypt('signing-key-encryption', `signing-key:${kid}`, secret);
  decryptSigningKey = (kid: string, ciphertext: Buffer): string =>
    this.decrypt('signing-key-encryption', `signing-key:${kid}`, ciphertext);

  /** Makes a refresh token that only we can have made, so that none needs to be kept. */
  sealRefreshToken = (body: string): Buffer => this.hash('refresh-token-seal', body);

  /** Signs what an upload address allows (`uploadAddressText`). Hex. */
  signUpload = (address: string): string => this.hash('upload-url', address).toString('hex');

  private hash(purpose: Purpose, value: string): Buffer {
    return createHmac('sha256', this.keyFor(purpose)).update(value, 'utf8').digest();
  }

  private encrypt(purpose: Purpose, context: string, plaintext: string): Buffer {
    const nonce = randomBytes(GCM_NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.keyFor(purpose), nonce, {
      authTagLength: GCM_TAG_BYTES,
    });
    cipher.setAAD(Buffer.from(context, 'utf8'));
    const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(CIPHERTEXT_FORMAT), nonce, cipher.getAuthTag(), sealed]);
  }

  private decrypt(purpose: Purpose, context: string, ciphertext: Buffer): string {
    const tagAt = 1 + GCM_NONCE_BYTES;
    const sealedAt = tagAt + GCM_TAG_BYTES;
    if (ciphertext.length < sealedAt || ciphertext[0] !== CIPHERTEXT_FORMAT)
      throw new Error('not one of our ciphertexts');
    const decipher = createDecipheriv('aes-256-gcm', this.keyFor(purpose), ciphertext.subarray(1, tagAt), {
      authTagLength: GCM_TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(context, 'utf8'));
    decipher.setAuthTag(ciphertext.subarray(tagAt, sealedAt));
    return Buffer.concat([decipher.update(ciphertext.subarray(sealedAt)), decipher.final()]).toString('utf8');
  }

  private keyFor(purpose: Purpose): Buffer {
    const known = this.keys.get(purpose);
    if (known) return known;
    const key = Buffer.from(
      hkdfSync('sha256', this.masterKey, Buffer.alloc(0), `showrunner/v1/${purpose}`, 32),
    );
    this.keys.set(purpose, key);
    return key;
  }
}
