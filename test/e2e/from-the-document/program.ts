// The types are made of the published documents when the test runs (support/document-types.ts), and are no files.
import { until } from '../../support/until';
import { DocumentClient } from './client';
import type { paths as MemberPaths } from './published-ffc-members';
import type { components, paths as ServerPaths } from './published-ffc-app-server';
import type { World } from './world';

type StreamKey = components['schemas']['StreamKey'];

const STEP_TIMEOUT_MS = 30_000;
const UPLOAD_PARTS = 3;
const ARCHIVE_TIMEOUT_MS = 60_000;
/** A polite client. */
const LOOK_EVERY_MS = 200;

const soon = <T>(what: string, fn: () => Promise<T>, timeoutMs = STEP_TIMEOUT_MS) =>
  until(fn, { what, timeoutMs, everyMs: LOOK_EVERY_MS });

/**
 * A broadcast, by somebody who has read nothing but the two documents: the backend registers a member and logs it in, the
 * member's client does the rest. Answers the recording's address.
 */
export async function playBroadcast(world: World): Promise<{ vodUrl: string; videoPostId: number }> {
  const basic = Buffer.from(`${world.apiKey}:${world.apiSecret}`).toString('base64');
  const backend = new DocumentClient<ServerPaths>(world.base, `Basic ${basic}`);

  const member = await backend.call('post', '/v2/apps/me/members', {
    body: { appUserId: 'reader', appUserName: 'Reader', customData: { from: 'the document' } },
  });
  const tokens = await backend.call('post', '/v2/apps/me/members/login', {
    body: { appUserId: member.appUserId },
  });

  const client = new DocumentClient<MemberPaths>(world.base, `Bearer ${tokens.accessToken}`);
  const room = await client.call('post', '/v2/members/me/video-rooms', {
    body: { type: 'BROADCAST_RTMP', title: 'From the document', scheduledAt: new Date().toISOString() },
  });
  const path = { videoRoomId: room.id };
  const keyIs = (state: StreamKey['streamKeyState']) =>
    soon(`the stream key to be ${state}`, async () => {
      const key = await client.call('get', '/v2/members/me/stream-key', {});
      return key.streamKeyState === state ? key : null;
    });

  const key = await keyIs('INACTIVE');
  const encoder = world.publish(`${key.ingestUrl}/${key.streamKey}?mode=RTMP_CMAF`);
  try {
    await keyIs('ACTIVE');
    const live = await client.call('post', '/v2/members/me/video-rooms/{videoRoomId}/start', { path });
    if (live.videoRoomState !== 'LIVE' || live.cmafHlsPlayUrl === null) throw new Error('not live');
    await soon('the live playlist', async () => (await fetch(live.cmafHlsPlayUrl ?? '')).ok);
  } finally {
    await encoder.stop();
  }
  const ended = await client.call('post', '/v2/members/me/video-rooms/{videoRoomId}/end', { path });
  if (ended.videoRoomState !== 'ENDED') throw new Error(`ended as ${ended.videoRoomState}`);

  const archived = await soon(
    'the recording',
    async () => {
      const it = await client.call('get', '/v2/members/me/video-rooms/{videoRoomId}', { path });
      return it.vodState === 'ARCHIVED' ? it : null;
    },
    ARCHIVE_TIMEOUT_MS,
  );
  if (archived.vodUrl === null || archived.videoPostId === null)
    throw new Error('archived without a recording');
  return { vodUrl: archived.vodUrl, videoPostId: archived.videoPostId };
}

/**
 * A video of somebody's own, by the same reader: a post, its parts put where the document says, in any order, and what the
 * server makes of it. Answers the HLS address.
 */
export async function uploadVideo(world: World, file: { name: string; bytes: Buffer }): Promise<string> {
  const basic = Buffer.from(`${world.apiKey}:${world.apiSecret}`).toString('base64');
  const backend = new DocumentClient<ServerPaths>(world.base, `Basic ${basic}`);
  await backend.call('post', '/v2/apps/me/members', { body: { appUserId: 'uploader' } });
  const post = await backend.call('post', '/v2/apps/me/video-posts', {
    body: { appUserId: 'uploader', title: 'Uploaded by the document' },
  });
  const path = { videoPostId: post.id };
  const parts = await backend.call(
    'post',
    '/v2/apps/me/video-posts/{videoPostId}/src-file/request-upload-urls',
    {
      path,
      body: {
        filename: file.name,
        size: file.bytes.length,
        contentType: 'video/mp4',
        multipartCount: UPLOAD_PARTS,
      },
    },
  );
  const partBytes = Math.ceil(file.bytes.length / parts.length);
  const put = async ({ partNumber, uploadUrl }: (typeof parts)[number]) => {
    const from = (partNumber - 1) * partBytes;
    const answer = await fetch(uploadUrl, {
      method: 'PUT',
      body: new Uint8Array(file.bytes.subarray(from, from + partBytes)),
    });
    if (!answer.ok) throw new Error(`part ${partNumber} was answered ${answer.status}`);
    return { partNumber, eTag: answer.headers.get('etag') ?? '' };
  };
  const done = await Promise.all([...parts].reverse().map(put));
  await backend.call('post', '/v2/apps/me/video-posts/{videoPostId}/src-file/complete-upload', {
    path,
    body: done,
  });
  const processed = await soon(
    'the upload to be processed',
    async () => {
      const it = await backend.call('get', '/v2/apps/me/video-posts/{videoPostId}', { path });
      if (it.videoPostState.startsWith('FAILED')) throw new Error(`the post is ${it.videoPostState}`);
      return it.videoPostState === 'PROCESSED' ? it : null;
    },
    ARCHIVE_TIMEOUT_MS,
  );
  const hls = processed.file.processedSummaries.find(({ format }) => format === 'CMAF_HLS');
  if (!hls) throw new Error('processed without HLS');
  return hls.url;
}
