import { randomUUID } from 'node:crypto';
import type { RoomAnswer, StreamKeyAnswer, VideoPostAnswer } from '../../src/demo/api-client';
import type { DemoCredentials } from '../../src/store/demo-app';

/** Longer than the API ever takes. */
const ANSWER_TIMEOUT_MS = 35_000;
const REPEAT_EVERY_MS = 300;

/** The server decided nothing: the same command is asked again with the same idempotency key. */
const UNDECIDED = [
  'CONTROL_PLANE_UNAVAILABLE',
  'COMMAND_DEADLINE_PASSED',
  'DATABASE_UNAVAILABLE',
  'REQUEST_LOCKED',
];
/** Refusals that say "not yet" (docs, `retryable`): asked again as a new command once things have moved. */
const NOT_YET = [
  'STREAM_KEY_STATE_NOT_ACTIVE',
  'STREAM_KEY_STATE_NOT_INACTIVE_LIVE',
  'VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE',
];

export interface Answer {
  /** 0: no answer came. */
  status: number;
  code: string;
  body: unknown;
}

export interface Asked {
  startedAt: number;
  answeredAt: number;
  status: number;
  code: string;
}

/** A customer's backend: reads, and commands that it repeats as a careful client does. */
export class Backend {
  private readonly authorization: string;

  constructor(
    private readonly base: string,
    credentials: DemoCredentials,
  ) {
    const pair = `${credentials.apiKey}:${credentials.apiSecret}`;
    this.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  }

  room = (id: number): Promise<RoomAnswer> => this.read(`/video-rooms/${id}`);
  streamKey = (appUserId: string): Promise<StreamKeyAnswer> => this.read(`/members/${appUserId}/stream-key`);
  videoPost = (id: number): Promise<VideoPostAnswer> => this.read(`/video-posts/${id}`);

  async schedule(appUserId: string): Promise<{ room: RoomAnswer; key: StreamKeyAnswer }> {
    await this.insist('/members', { appUserId, appUserName: 'Chaos' });
    const scheduledAt = new Date().toISOString();
    const wanted = { appUserId, title: appUserId, type: 'BROADCAST_RTMP', scheduledAt };
    const room = (await this.insist('/video-rooms', wanted)) as RoomAnswer;
    return { room, key: await this.streamKey(appUserId) };
  }

  goLive = (id: number, log: Asked[], timeoutMs: number): Promise<unknown> =>
    this.insist(`/video-rooms/${id}/rtmp-broadcast/state/live`, undefined, log, timeoutMs);
  end = (id: number, log: Asked[], timeoutMs: number): Promise<unknown> =>
    this.insist(`/video-rooms/${id}/rtmp-broadcast/state/ended`, undefined, log, timeoutMs);
  forceTerminate = (streamKeyId: number, log: Asked[], timeoutMs: number): Promise<unknown> =>
    this.insist(`/stream-keys/${streamKeyId}/force-terminate`, undefined, log, timeoutMs);

  /** Asks once. Never rejects. */
  async ask(method: 'GET' | 'POST', path: string, body?: object, key?: string): Promise<Answer> {
    try {
      const answer = await fetch(`${this.base}/v2/apps/me${path}`, {
        method,
        headers: {
          authorization: this.authorization,
          ...(method === 'POST' ? { 'content-type': 'application/json', 'idempotency-key': key ?? '' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      });
      const text = await answer.text();
      const parsed = (text === '' ? null : JSON.parse(text)) as { errorCode?: string } | null;
      return { status: answer.status, code: parsed?.errorCode ?? '', body: parsed };
    } catch (error) {
      const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
      return { status: 0, code: cause?.code ?? (error as Error).name, body: null };
    }
  }

  private async read<T>(path: string): Promise<T> {
    const { status, code, body } = await this.ask('GET', path);
    if (status !== 200) throw new Error(`GET ${path} answered ${status} ${code}`);
    return body as T;
  }

  private async insist(
    path: string,
    body?: object,
    log: Asked[] = [],
    timeoutMs = ANSWER_TIMEOUT_MS,
  ): Promise<unknown> {
    const deadline = Date.now() + timeoutMs;
    let key = randomUUID();
    for (;;) {
      const startedAt = Date.now();
      const { status, code, body: said } = await this.ask('POST', path, body, key);
      log.push({ startedAt, answeredAt: Date.now(), status, code });
      if (status >= 200 && status < 300) return said;
      if (NOT_YET.includes(code)) key = randomUUID();
      else if (status !== 0 && !UNDECIDED.includes(code))
        throw new Error(`POST ${path} answered ${status} ${code}`);
      if (Date.now() > deadline) throw new Error(`POST ${path} is answered ${status} ${code} to the end`);
      await new Promise((resolve) => setTimeout(resolve, REPEAT_EVERY_MS));
    }
  }
}
