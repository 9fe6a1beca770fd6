import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { uploadSweep } from '../../src/bin/upload-sweep';
import { partSizes } from '../../src/domain/upload';
import { createPlayback, type Playback } from '../../src/playback';
import { StorageLayout } from '../../src/storage/layout';
import { createUploads } from '../../src/store/upload-books';
import { newOwner } from '../store/fixtures';
import { until } from '../support/until';
import { BASES, expectError, Harness } from './harness';
import { OPEN_GATE } from '../support/open-gate';

let api: Harness;
let door: Playback;
let root: string;
let layout: StorageLayout;
let base: string;
let isDiskLow = false;
const log = pino({ level: 'silent' });
beforeAll(async () => {
  api = await Harness.start();
  root = await mkdtemp(join(tmpdir(), 'showrunner-uploads-'));
  layout = new StorageLayout(root);
  door = createPlayback({
    access: OPEN_GATE,
    host: '127.0.0.1',
    port: 0,
    media: { feed: () => null, playlists: () => null },
    layout,
    uploads: { ...createUploads(api.knex, api.vault), hasRoom: () => !isDiskLow },
    log,
  });
  base = `http://127.0.0.1:${await door.listen()}`;
});
afterAll(async () => {
  await door?.close();
  await api?.stop();
  await rm(root, { recursive: true, force: true });
});

interface PartUrl {
  partNumber: number;
  uploadUrl: string;
}

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');
/** The door is where the test has put it. */
const here = (url: string): string => url.replace(BASES.http, base);
const put = (url: string, body: Buffer, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(here(url), { method: 'PUT', body, headers });

async function newPost(): Promise<number> {
  const reply = await api.post('/video-posts', { body: { appUserId: api.owner.appUserId, title: 'Talk' } });
  expect(reply.status).toBe(201);
  return reply.body.id;
}

const request = (id: number, body: object, file = 'src-file/request-upload-urls') =>
  api.post(`/video-posts/${id}/${file}`, {
    body: { filename: 'src.mp4', contentType: 'video/mp4', ...body },
  });

async function urlsOf(id: number, size: number, multipartCount?: number): Promise<PartUrl[]> {
  const reply = await request(id, { size, ...(multipartCount ? { multipartCount } : {}) });
  expect(reply.status).toBe(200);
  return reply.body;
}

const complete = (id: number, parts: unknown, file = 'src-file') =>
  api.post(`/video-posts/${id}/${file}/complete-upload`, { body: parts });

const stateOf = async (id: number): Promise<string> =>
  (await api.get(`/video-posts/${id}`)).body.videoPostState;

/** Bytes of an upload that are on disk now. */
async function filesOf(url: string): Promise<string[]> {
  const name = new URL(url).pathname.split('/')[2]!;
  return readdir(layout.uploadDir(name)).catch(() => []);
}

describe('a multipart upload', () => {
  it('takes parts in any order, twice, with quoted and bare ETags, and is complete once', async () => {
    const id = await newPost();
    const content = randomBytes(1_000_001);
    const sizes = partSizes(content.length, 3);
    expect(sizes).toEqual([333_334, 333_334, 333_333]);
    const urls = await urlsOf(id, content.length, 3);
    expect(urls.map(({ partNumber }) => partNumber)).toEqual([1, 2, 3]);
    const partOf = (at: number) => content.subarray(at * 333_334, at * 333_334 + sizes[at]!);
    const etags: string[] = [];
    for (const at of [2, 0, 1, 0]) {
      const answer = await put(urls[at]!.uploadUrl, partOf(at));
      expect(answer.status).toBe(200);
      expect(answer.headers.get('access-control-expose-headers')).toContain('ETag');
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      etags[at] = answer.headers.get('etag')!;
      expect(etags[at]).toBe(`"${md5(partOf(at))}"`);
    }
    const named = [
      { partNumber: 3, eTag: etags[2] },
      { partNumber: 1, eTag: md5(partOf(0)) },
      { partNumber: 2, eTag: md5(partOf(1)).toUpperCase() },
    ];
    expect((await complete(id, named)).status).toBe(204);
    expect(await stateOf(id)).toBe('UPLOADED');
    expect((await complete(id, named)).status).toBe(204);
    expect(api.posts.processed).toEqual([{ appId: api.owner.appId, videoPostId: id }]);
    expect((await put(urls[0]!.uploadUrl, partOf(0))).status).toBe(404);
    expectError(await request(id, { size: 5 }), 400, 'VIDEO_POST_STATE_NOT_AWAITING_UPLOAD');
    const dir = layout.uploadDir(new URL(urls[0]!.uploadUrl).pathname.split('/')[2]!);
    expect(await readFile(join(dir, `1-${md5(partOf(0))}`))).toEqual(partOf(0));
  });

  it('is not complete before all parts are there, and named as they were counted', async () => {
    const id = await newPost();
    const [first, second] = await urlsOf(id, 10, 2);
    const one = await put(first!.uploadUrl, Buffer.from('hello'));
    const eTag = one.headers.get('etag');
    expectError(await complete(id, [{ partNumber: 1, eTag }]), 400, 'UPLOAD_PARTS_MISMATCH');
    const two = await put(second!.uploadUrl, Buffer.from('world'));
    const last = { partNumber: 2, eTag: two.headers.get('etag') };
    for (const parts of [
      [{ partNumber: 1, eTag }],
      [{ partNumber: 1, eTag: '"nope"' }, last],
      [
        { partNumber: 1, eTag },
        { ...last, partNumber: 3 },
      ],
    ])
      expectError(await complete(id, parts), 400, 'UPLOAD_PARTS_MISMATCH');
    for (const parts of [{}, [], 'x', [{ partNumber: 1 }], [{ partNumber: 'x', eTag }], [null], [[]]])
      expect((await complete(id, parts)).body.errorCode).toMatch(/^INVALID_/);
    expect(await stateOf(id)).toBe('CREATED');
    expectError(await complete(await newPost(), [{ partNumber: 1, eTag }]), 404, 'UPLOAD_NOT_FOUND');
  });

  it('renews its addresses when asked again, and keeps finished parts; another size begins anew', async () => {
    const id = await newPost();
    const [first] = await urlsOf(id, 10, 2);
    const eTag = (await put(first!.uploadUrl, Buffer.from('hello'))).headers.get('etag');
    const [, second] = await urlsOf(id, 10, 2);
    const last = (await put(second!.uploadUrl, Buffer.from('world'))).headers.get('etag');
    const [other] = await urlsOf(id, 4);
    expect((await put(first!.uploadUrl, Buffer.from('hello'))).status).toBe(404);
    expectError(
      await complete(id, [
        { partNumber: 1, eTag },
        { partNumber: 2, eTag: last },
      ]),
      400,
      'UPLOAD_PARTS_MISMATCH',
    );
    expect((await put(other!.uploadUrl, Buffer.from('four'))).status).toBe(200);
    await uploadSweep(api.knex, layout, log).now();
    expect(await filesOf(first!.uploadUrl)).toEqual([]);
    expect(await filesOf(other!.uploadUrl)).toHaveLength(1);
  });

  it('replaces a part that is put again with other bytes', async () => {
    const id = await newPost();
    const [only] = await urlsOf(id, 5);
    const old = (await put(only!.uploadUrl, Buffer.from('hello'))).headers.get('etag');
    const eTag = (await put(only!.uploadUrl, Buffer.from('world'))).headers.get('etag');
    expect(await filesOf(only!.uploadUrl)).toEqual([`1-${md5(Buffer.from('world'))}`]);
    expectError(await complete(id, [{ partNumber: 1, eTag: old }]), 400, 'UPLOAD_PARTS_MISMATCH');
    expect((await complete(id, [{ partNumber: 1, eTag }])).status).toBe(204);
  });

  it('is told FAILED_QUEUING while the control plane is away, and can be retried', async () => {
    const id = await newPost();
    const [only] = await urlsOf(id, 5);
    const eTag = (await put(only!.uploadUrl, Buffer.from('hello'))).headers.get('etag');
    api.posts.away = true;
    expect((await complete(id, [{ partNumber: 1, eTag }])).status).toBe(204);
    expect(await stateOf(id)).toBe('FAILED_QUEUING');
    expectError(await api.post(`/video-posts/${id}/retry`), 503, 'CONTROL_PLANE_UNAVAILABLE');
    api.posts.away = false;
    expect(await api.post(`/video-posts/${id}/retry`)).toMatchObject({ status: 200 });
    expect(api.posts.processed).toContainEqual({ appId: api.owner.appId, videoPostId: id });
  });

  it('is asked for again with the same idempotency key, and stored nowhere', async () => {
    const id = await newPost();
    const ask = () =>
      api.post(`/video-posts/${id}/src-file/request-upload-urls`, {
        body: { filename: 'a', size: 5, contentType: 'video/mp4' },
        headers: { 'idempotency-key': `upload-${id}` },
      });
    const [first] = (await ask()).body;
    const [again] = (await ask()).body;
    expect(new URL(again.uploadUrl).pathname).toBe(new URL(first.uploadUrl).pathname);
    expect(api.log).not.toContain('signature=');
  });
});

describe('the door', () => {
  const problem = async (answer: Response) => ({
    status: answer.status,
    errorCode: ((await answer.json()) as { errorCode: string }).errorCode,
  });

  it('takes only what was signed, for as long as it was signed', async () => {
    const id = await newPost();
    const [{ uploadUrl }] = (await urlsOf(id, 5)) as [PartUrl];
    const forged = [
      uploadUrl.replace('bytes=5', 'bytes=6'),
      uploadUrl.replace(/\/1\?/, '/2?'),
      uploadUrl.replace(/expires=\d+/, 'expires=9999999999'),
      uploadUrl.replace(/signature=.*/, 'signature=00'),
      uploadUrl.replace(/\?.*/, ''),
    ];
    for (const url of forged)
      expect(await problem(await put(url, Buffer.from('hello')))).toEqual({
        status: 403,
        errorCode: 'UPLOAD_URL_INVALID',
      });
    const name = new URL(uploadUrl).pathname.split('/')[2]!;
    const expired = Math.floor(Date.now() / 1000) - 1;
    const text = `${name}/1?bytes=5&expires=${expired}`;
    const late = `${base}/uploads/${text}&signature=${api.vault.signUpload(text)}`;
    expect((await problem(await put(late, Buffer.from('hello')))).errorCode).toBe('UPLOAD_URL_INVALID');
    expect(await filesOf(uploadUrl)).toEqual([]);
  });

  it('takes nothing while the disk has only what broadcasts need', async () => {
    const [{ uploadUrl }] = (await urlsOf(await newPost(), 5)) as [PartUrl];
    isDiskLow = true;
    const refused = await problem(await put(uploadUrl, Buffer.from('hello')));
    isDiskLow = false;
    expect(refused).toEqual({ status: 507, errorCode: 'DISK_FULL' });
    expect((await put(uploadUrl, Buffer.from('hello'))).status).toBe(200);
  });

  it('answers a browser that asks first', async () => {
    const [{ uploadUrl }] = (await urlsOf(await newPost(), 5)) as [PartUrl];
    const answer = await fetch(here(uploadUrl), {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example' },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-methods')).toContain('PUT');
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect((await fetch(here(uploadUrl))).status).toBe(400);
  });

  it('checks sizes while it reads: never more on disk than was announced', async () => {
    const id = await newPost();
    const [{ uploadUrl }] = (await urlsOf(id, 100_000)) as [PartUrl];
    const mismatch = { status: 400, errorCode: 'UPLOAD_PART_SIZE_MISMATCH' };
    expect(await problem(await put(uploadUrl, Buffer.alloc(99_999)))).toEqual(mismatch);
    expect(await filesOf(uploadUrl)).toEqual([]);
    // An endless body without a length.
    const { hostname, port, pathname, search } = new URL(here(uploadUrl));
    const socket = connect(Number(port), hostname);
    let answer = '';
    let sent = 0;
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const chunk = Buffer.alloc(65_536);
    const pump = () => {
      if (socket.destroyed || sent > 50 * chunk.length) return;
      sent += chunk.length;
      socket.write(`${chunk.length.toString(16)}\r\n`);
      socket.write(chunk);
      socket.write('\r\n', () => setImmediate(pump));
    };
    pump();
    await closed;
    expect(answer === '' || answer.includes('UPLOAD_PART_SIZE_MISMATCH')).toBe(true);
    await until(async () => (await filesOf(uploadUrl)).length === 0, {
      timeoutMs: 5_000,
      what: 'what was begun to go',
    });
    // A client that hangs up in the middle.
    const half = connect(Number(port), hostname);
    half.on('error', () => undefined);
    half.write(
      `PUT ${pathname}${search} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(500)}`,
    );
    await until(async () => (await filesOf(uploadUrl)).length === 1, {
      timeoutMs: 5_000,
      what: 'a part to begin',
    });
    half.destroy();
    await until(async () => (await filesOf(uploadUrl)).length === 0, { timeoutMs: 5_000, what: 'it to go' });
    expect((await put(uploadUrl, Buffer.alloc(100_000))).status).toBe(200);
  });
});

describe('asking for addresses', () => {
  it('has bounds for each file', async () => {
    const id = await newPost();
    const invalid = [
      { size: 0 },
      { size: 1.5 },
      { size: 1e15 },
      { size: '5' },
      { size: 5, multipartCount: 0 },
      { size: 5, multipartCount: 1_001 },
      { size: 5, filename: '' },
      { size: 5, filename: 'a\0b' },
      { size: 5, contentType: 7 },
    ];
    for (const body of invalid) expectError(await request(id, body), 400, 'INVALID_REQUEST');
    const thumbnail = await request(id, { size: 21 * 1024 * 1024 }, 'thumbnail-file/request-upload-url');
    expectError(thumbnail, 400, 'INVALID_REQUEST');
  });

  it('knows no other app’s post', async () => {
    const id = await newPost();
    const other = await newOwner(api.knex, api.vault);
    const body = { filename: 'a', size: 5, contentType: 'video/mp4' };
    for (const file of ['src-file/request-upload-urls', 'thumbnail-file/request-upload-url'])
      expectError(
        await api.post(`/video-posts/${id}/${file}`, { body, as: other }),
        404,
        'VIDEO_POST_NOT_FOUND',
      );
    const parts = [{ partNumber: 1, eTag: 'x' }];
    expectError(
      await api.post(`/video-posts/${id}/src-file/complete-upload`, { body: parts, as: other }),
      404,
      'VIDEO_POST_NOT_FOUND',
    );
  });

  it('thumbnails and previews have addresses of their own, at any time', async () => {
    const id = await newPost();
    for (const kind of ['thumbnail', 'preview']) {
      const [only] = (await request(id, { size: 5 }, `${kind}-file/request-upload-urls`)).body as PartUrl[];
      const eTag = (await put(only!.uploadUrl, Buffer.from('hello'))).headers.get('etag');
      expect((await complete(id, [{ partNumber: 1, eTag }], `${kind}-file`)).status).toBe(204);
    }
    expect(api.posts.taken.filter(({ videoPostId }) => videoPostId === id)).toHaveLength(2);
    expect(await stateOf(id)).toBe('CREATED');
  });
});

describe('a file that was refused', () => {
  it.each([
    ['thumbnail', 'its picture can not be decoded'],
    ['preview', 'a preview has a picture'],
  ] as const)('a %s: the post tells why, and so does the completion', async (kind, why) => {
    const id = await newPost();
    const content = Buffer.from('a picture that is none');
    const place = `${kind}-file`;
    const [url] = (await request(id, { size: content.length }, `${place}/request-upload-url`))
      .body as PartUrl[];
    const eTag = (await put(url!.uploadUrl, content)).headers.get('etag');
    const named = [{ partNumber: 1, eTag }];
    expect((await complete(id, named, place)).status).toBe(204);
    const told = async () => (await api.get(`/video-posts/${id}`)).body.uploads;
    const upload = { kind, originalFileName: 'src.mp4', size: content.length };
    expect(await told()).toEqual([{ ...upload, state: 'COMPLETED', error: null }]);

    // As the archiver leaves it; that it does is the affair of test/e2e/posts.test.ts.
    const row = { video_post_id: id, kind };
    await api.knex('uploads').where(row).update({ state: 'REFUSED', failure: why });
    const message = `What was uploaded is no media that we take. (${why})`;
    const error = { code: 'UPLOAD_REFUSED', message, occurredAt: expect.any(String) };
    expect(await told()).toEqual([{ ...upload, state: 'REFUSED', error }]);
    const again = await complete(id, named, place);
    expectError(again, 400, 'UPLOAD_REFUSED');
    expect(again.body.errorMessage).toBe(message);
    // It goes on telling, also when its day is over.
    await api
      .knex('uploads')
      .where(row)
      .update({ expires_at: new Date(0) });
    await uploadSweep(api.knex, layout, log).now();
    expect(await told()).toHaveLength(1);

    await request(id, { size: 5 }, `${place}/request-upload-url`);
    expect(await told()).toEqual([{ ...upload, size: 5, state: 'OPEN', error: null }]);
  });
});

it('an upload that is not completed goes after its day, and its post says FAILED_UPLOAD', async () => {
  const id = await newPost();
  const [only] = await urlsOf(id, 5);
  await put(only!.uploadUrl, Buffer.from('hello'));
  await api
    .knex('uploads')
    .where({ video_post_id: id })
    .update({ expires_at: api.knex.raw("now() - interval '1 second'") });
  expect((await put(only!.uploadUrl, Buffer.from('hello'))).status).toBe(404);
  await uploadSweep(api.knex, layout, log).now();
  expect(await filesOf(only!.uploadUrl)).toEqual([]);
  expect((await api.get(`/video-posts/${id}`)).body).toMatchObject({
    videoPostState: 'FAILED_UPLOAD',
    uploadFailedAt: expect.any(String),
  });
  expect((await urlsOf(id, 5))[0]!.partNumber).toBe(1);
});
