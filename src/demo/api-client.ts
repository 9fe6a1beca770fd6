import { randomUUID } from 'node:crypto';

/** Fields of the API's answers that the demo reads. */
export interface RoomAnswer {
  id: number;
  uuid: string;
  videoRoomState: string;
  vodState: string;
  forciblyTerminated: boolean;
  playUrl: string | null;
  cmafHlsPlayUrl: string | null;
  cmafDashPlayUrl: string | null;
  rtmpPlayUrl: string | null;
  httpFlvPlayUrl: string | null;
  vodUrl: string | null;
  videoPostId: number | null;
}
export interface StreamKeyAnswer {
  id: number;
  streamKeyState: string;
  ingestUrl: string;
  streamKey: string;
}
export interface VideoPostAnswer {
  id: number;
  videoPostState: string;
  file: { src: { url: string } | null; processedSummaries: { format: string; url: string }[] };
}

export interface Credentials {
  appId: number;
  apiKey: string;
  apiSecret: string;
}

/** The API promises an answer in time; one that hangs is a failure of the demo. */
const ANSWER_TIMEOUT_MS = 35_000;

/** The server API, as a backend of a customer uses it. Rejects with the method, path, status and error code. */
export class ApiClient {
  private readonly authorization: string;

  constructor(
    private readonly base: string,
    credentials: Credentials,
  ) {
    const basic = Buffer.from(`${credentials.apiKey}:${credentials.apiSecret}`).toString('base64');
    this.authorization = `Basic ${basic}`;
  }

  createMember = (appUserId: string): Promise<unknown> =>
    this.call('POST', '/members', { appUserId, appUserName: 'Demo' });
  streamKey = (appUserId: string): Promise<StreamKeyAnswer> =>
    this.call('GET', `/members/${appUserId}/stream-key`);
  createRoom = (appUserId: string, title: string): Promise<RoomAnswer> =>
    this.call('POST', '/video-rooms', {
      appUserId,
      title,
      type: 'BROADCAST_RTMP',
      scheduledAt: new Date().toISOString(),
    });
  room = (id: number): Promise<RoomAnswer> => this.call('GET', `/video-rooms/${id}`);
  /** `query` with its question mark. */
  listRooms = (query = ''): Promise<{ content: RoomAnswer[]; totalElements: number }> =>
    this.call('GET', `/video-rooms${query}`);
  goLive = (id: number): Promise<RoomAnswer> =>
    this.call('POST', `/video-rooms/${id}/rtmp-broadcast/state/live`);
  end = (id: number): Promise<RoomAnswer> =>
    this.call('POST', `/video-rooms/${id}/rtmp-broadcast/state/ended`);
  forceTerminate = (streamKeyId: number): Promise<unknown> =>
    this.call('POST', `/stream-keys/${streamKeyId}/force-terminate`);
  videoPost = (id: number): Promise<VideoPostAnswer> => this.call('GET', `/video-posts/${id}`);

  private async call<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const answer = await fetch(`${this.base}/v2/apps/me${path}`, {
      method,
      headers: {
        authorization: this.authorization,
        ...(method === 'POST' ? { 'idempotency-key': randomUUID(), 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status} ${text.slice(0, 300)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
