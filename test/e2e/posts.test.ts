import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { partSizes } from '../../src/domain/upload';
import { ffmpeg, ffprobe } from '../support/ffmpeg';
import { until } from '../support/until';
import { startShowrunner, type Showrunner } from './support/showrunner';

/** Uploads on real processes: parts through the door of the media role, the archiver's ffmpeg, and playback of what came of it. */
jest.setTimeout(180_000);
const PROCESSED_WITHIN_MS = 90_000;
let showrunner: Showrunner;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'showrunner-posts-'));
  showrunner = await startShowrunner();
  await call('POST', '/members', { appUserId: 'alice' });
});
afterAll(async () => {
  await showrunner?.stop();
  await rm(dir, { recursive: true, force: true });
});

async function call(method: string, path: string, body?: object): Promise<any> {
  const { apiKey, apiSecret } = showrunner.credentials;
  const response = await fetch(`${showrunner.addresses.api}/v2/apps/me${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** Puts a file in so many parts, the last one first, and completes it. */
async function upload(postId: number, place: string, content: Buffer, parts: number): Promise<void> {
  const urls = (await call('POST', `/video-posts/${postId}/${place}/request-upload-urls`, {
    ...{ filename: 'talk.mp4', size: content.length, contentType: 'video/mp4', multipartCount: parts },
  })) as { partNumber: number; uploadUrl: string }[];
  const size = partSizes(content.length, parts)[0]!;
  const named = await Promise.all(
    [...urls].reverse().map(async ({ partNumber, uploadUrl }) => {
      const body = content.subarray((partNumber - 1) * size, partNumber * size);
      const answer = await fetch(uploadUrl, { method: 'PUT', body });
      expect(answer.status).toBe(200);
      return { partNumber, eTag: answer.headers.get('etag') };
    }),
  );
  await call('POST', `/video-posts/${postId}/${place}/complete-upload`, named);
}

const becomes = (postId: number, state: string): Promise<any> =>
  until(
    async () => {
      const post = await call('GET', `/video-posts/${postId}`);
      if (post.videoPostState.startsWith('FAILED') && !state.startsWith('FAILED'))
        throw new Error(`the post is ${post.videoPostState}`);
      return post.videoPostState === state ? post : null;
    },
    { timeoutMs: PROCESSED_WITHIN_MS, what: `post ${postId} to be ${state}` },
  );

test('a multipart upload becomes PROCESSED and plays, with a thumbnail and a preview', async () => {
  const file = join(dir, 'talk.mp4');
  await ffmpeg(
    ...['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=24:duration=6'],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:duration=6:sample_rate=48000'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '24', '-c:a', 'aac', file],
  );
  const content = await readFile(file);
  const created = await call('POST', '/video-posts', {
    appUserId: 'alice',
    title: 'Talk',
    customData: { course: 'ts' },
  });
  expect(created).toMatchObject({ videoPostState: 'CREATED', type: 'PRE_RECORDED', file: { src: null } });
  await upload(created.id, 'src-file', content, 3);
  const post = await becomes(created.id, 'PROCESSED');

  const original = await fetch(post.file.src.url);
  expect(original.headers.get('content-type')).toBe('video/mp4');
  expect(original.headers.get('x-content-type-options')).toBe('nosniff');
  expect(original.headers.get('content-security-policy')).toContain('sandbox');
  expect(Buffer.from(await original.arrayBuffer()).equals(content)).toBe(true);

  const hls = post.file.processedSummaries.find((it: { format: string }) => it.format === 'CMAF_HLS').url;
  const { json } = await ffprobe('-show_format', '-show_streams', hls);
  expect(Number(json.format.duration)).toBeCloseTo(6, 0);
  expect(json.streams.map((it: { codec_type: string }) => it.codec_type)).toEqual(
    expect.arrayContaining(['video', 'audio']),
  );
  for (const [kind, type] of [
    ['thumbnail', 'image/jpeg'],
    ['preview', 'video/mp4'],
  ] as const) {
    expect(post.file[kind]).toMatchObject({ contentType: type });
    const answer = await fetch(post.file[kind].url);
    expect({ status: answer.status, type: answer.headers.get('content-type') }).toEqual({
      status: 200,
      type,
    });
    expect((await answer.arrayBuffer()).byteLength).toBe(post.file[kind].size);
  }

  // One that is broken is refused, with the reason; the post keeps what it has.
  await upload(post.id, 'thumbnail-file', Buffer.from('\x89PNG\r\n\x1a\nand nothing more', 'latin1'), 1);
  const refused = await until(
    async () => {
      const { uploads, file: files } = await call('GET', `/video-posts/${post.id}`);
      const one = uploads.find(({ kind }: { kind: string }) => kind === 'thumbnail');
      return one.state === 'COMPLETED' ? null : { ...one, url: files.thumbnail.url };
    },
    { timeoutMs: 30_000, what: 'the broken thumbnail to be looked at' },
  );
  expect(refused).toMatchObject({
    ...{ state: 'REFUSED', url: post.file.thumbnail.url },
    error: { code: 'UPLOAD_REFUSED', message: expect.stringContaining('no media that we take. (') },
  });

  // A thumbnail of one's own takes the place of the one that was made.
  const picture = join(dir, 'own.png');
  await ffmpeg('-f', 'lavfi', '-i', 'color=red:size=64x64', '-frames:v', '1', '-update', '1', picture);
  await upload(post.id, 'thumbnail-file', await readFile(picture), 1);
  const own = await until(
    async () => {
      const { file: files } = await call('GET', `/video-posts/${post.id}`);
      return files.thumbnail.contentType === 'image/png' ? files.thumbnail : null;
    },
    { timeoutMs: 30_000, what: 'the thumbnail to be taken' },
  );
  expect((await fetch(own.url)).headers.get('content-type')).toBe('image/png');
  expect((await fetch(post.file.thumbnail.url)).status).toBe(404);
});

test('a playlist that calls itself a movie becomes FAILED_UPLOAD, and a movie may follow', async () => {
  const { id } = await call('POST', '/video-posts', { appUserId: 'alice' });
  const playlist = '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n';
  await upload(id, 'src-file', Buffer.from(playlist), 1);
  const failed = await becomes(id, 'FAILED_UPLOAD');
  expect(failed).toMatchObject({ file: { src: null }, uploadFailedAt: expect.any(String) });
  // The smallest thing that plays: sound alone.
  const file = join(dir, 'sound.m4a');
  await ffmpeg('-f', 'lavfi', '-i', 'sine=frequency=440:duration=2', '-c:a', 'aac', file);
  await upload(id, 'src-file', await readFile(file), 2);
  const post = await becomes(id, 'PROCESSED');
  expect(post.file).toMatchObject({ src: { contentType: 'audio/mp4' }, thumbnail: null, preview: null });
});
