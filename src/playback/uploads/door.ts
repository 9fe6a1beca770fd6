import type { IncomingMessage, ServerResponse } from 'node:http';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, ERRORS } from '../../domain/errors';
import { uploadAddressText, type UploadAddress } from '../../domain/upload';
import type { Logger } from '../../logger';
import { partFile, storePart, type StoredPart } from '../../media/upload/part-files';
import type { StorageLayout } from '../../storage/layout';
import type { Uploads } from '../ports';

/** Parts on their way at once in one process: each holds a socket and a file. */
const MAX_PARTS_AT_ONCE = 200;
/** The largest part on the slowest line that is still worth it; a socket that is silent for a minute goes anyway. */
const PART_DEADLINE_MS = 6 * 60 * 60_000;
const PREFLIGHT_MAX_AGE_SECONDS = 86_400;
const METHODS = 'PUT, OPTIONS';

/**
 * Where clients put the parts of their files: `PUT /uploads/<upload>/<part>?bytes=…&expires=…&signature=…`. It is a door of the
 * media role, since that one has the storage at hand; the API signs the addresses and counts the parts. Owns the parts that are
 * on their way; `close` ends them.
 */
export class UploadDoor {
  private readonly onTheWay = new Map<string, AbortController>();

  constructor(
    private readonly uploads: Uploads,
    private readonly layout: StorageLayout,
    private readonly log: Logger,
  ) {}

  /** Answers one request, whatever it is. Never rejects. */
  async serve(
    req: IncomingMessage,
    res: ServerResponse,
    place: { upload: string; part: number },
  ): Promise<void> {
    res.setHeader('Access-Control-Expose-Headers', 'ETag');
    if (req.method === 'OPTIONS') return preflight(res);
    try {
      if (req.method !== 'PUT') throw new CodedError('UNSUPPORTED_HTTP_METHOD');
      const stored = await this.take(req, this.addressOf(req, place));
      res.setHeader('ETag', `"${stored.etag}"`);
      res.setHeader('Content-Length', 0);
      res.writeHead(200).end();
    } catch (error) {
      this.refuse(res, error);
    }
  }

  close(): void {
    for (const part of this.onTheWay.values()) part.abort(new Error('the node stops'));
  }

  /** The address is what we signed, and not over. */
  private addressOf(req: IncomingMessage, { upload, part }: { upload: string; part: number }): UploadAddress {
    const query = new URLSearchParams((req.url ?? '').split('?')[1] ?? '');
    const bytes = wholeNumber(query.get('bytes'));
    const expiresAt = wholeNumber(query.get('expires'));
    const signature = query.get('signature') ?? '';
    if (bytes === null || expiresAt === null) throw new CodedError('UPLOAD_URL_INVALID');
    const address = { upload, part, bytes, expiresAt };
    const isOurs = this.uploads.isSigned(uploadAddressText(address), signature);
    if (!isOurs || Date.now() >= expiresAt * 1000) throw new CodedError('UPLOAD_URL_INVALID');
    return address;
  }

  private async take(req: IncomingMessage, { upload, part, bytes }: UploadAddress): Promise<StoredPart> {
    const announced = req.headers['content-length'];
    // Before a byte of it is read.
    if (announced !== undefined && Number(announced) !== bytes)
      throw new CodedError(
        'UPLOAD_PART_SIZE_MISMATCH',
        `it announces ${Number(announced)} of ${bytes} bytes`,
      );
    if (!this.uploads.hasRoom()) throw new CodedError('DISK_FULL');
    if (!(await this.uploads.isOpen(upload))) throw new CodedError('UPLOAD_NOT_FOUND');
    const key = `${upload}/${part}`;
    const abort = this.begin(key);
    const deadline = setTimeout(() => abort.abort(new Error('a part takes too long')), PART_DEADLINE_MS);
    try {
      const dir = this.layout.uploadDir(upload);
      const stored = await storePart(dir, { number: part, bytes }, req, abort.signal);
      await this.count(upload, dir, stored);
      return stored;
    } finally {
      clearTimeout(deadline);
      if (this.onTheWay.get(key) === abort) this.onTheWay.delete(key);
    }
  }

  /** A client that puts a part again has given up the line before: the newest counts, and one at a time is on disk. */
  private begin(key: string): AbortController {
    this.onTheWay.get(key)?.abort(new Error('the part was put again'));
    this.onTheWay.delete(key);
    if (this.onTheWay.size >= MAX_PARTS_AT_ONCE) throw new CodedError('NODE_FULL');
    const abort = new AbortController();
    this.onTheWay.set(key, abort);
    return abort;
  }

  private async count(upload: string, dir: string, stored: StoredPart): Promise<void> {
    const replaced = await this.uploads.finished(upload, stored).catch(async (error: unknown) => {
      if (error instanceof CodedError && error.code === 'UPLOAD_NOT_FOUND')
        await rm(join(dir, partFile(stored)), { force: true });
      throw error;
    });
    if (replaced !== null)
      await rm(join(dir, partFile({ number: stored.number, etag: replaced })), { force: true });
  }

  private refuse(res: ServerResponse, error: unknown): void {
    const coded = error instanceof CodedError ? error : new CodedError('INTERNAL_SERVER_ERROR');
    const isOurs = ERRORS[coded.code].fault === 'us';
    // A client that hung up is no fault of ours, and hears nothing.
    if (res.socket?.destroyed) this.log.debug({ err: error }, 'a part of an upload broke off');
    else if (isOurs) this.log.error({ err: error }, 'a part of an upload could not be taken');
    if (res.headersSent) return void res.destroy();
    const errorMessage = isOurs ? ERRORS[coded.code].message : coded.message;
    const body = Buffer.from(JSON.stringify({ errorCode: coded.code, errorMessage }));
    // What is still to come of the body is not read.
    res.setHeader('Connection', 'close');
    res.setHeader('Content-Type', 'application/json; charset=utf-8');
    res.setHeader('Cache-Control', 'no-store');
    res.setHeader('Content-Length', body.length);
    res.writeHead(coded.status).end(body);
  }
}

function preflight(res: ServerResponse): void {
  res.setHeader('Allow', METHODS);
  res.setHeader('Access-Control-Allow-Methods', METHODS);
  res.setHeader('Access-Control-Allow-Headers', '*');
  res.setHeader('Access-Control-Max-Age', PREFLIGHT_MAX_AGE_SECONDS);
  res.writeHead(204).end();
}

/** 15 digits are below 2^53. */
const wholeNumber = (text: string | null): number | null =>
  text !== null && /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : null;
