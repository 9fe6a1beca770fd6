import { RtmpClient } from '../support/rtmp-client';
import { until } from '../support/until';
import type { DoorStage } from './stage';

const SOON = { timeoutMs: 10_000 };

/** What came of asking at a door: `ok`, or the code of the refusal. */
export type Outcome = string;

/** What a post has beside its movie: as they are made, and as they are uploaded. */
export const PICTURES = ['thumbnail.jpg', 'thumbnail-2.png', 'preview.mp4', 'preview-3.webm'];

/** HTTP doors, by path; each answers at once. */
export function httpDoors({ room, post, segment }: DoorStage): string[] {
  const live = ['master.m3u8', 'v180.m3u8', 'manifest.mpd', '0/v180/init.mp4', segment];
  const vod = [...live, 'original.mp4', ...PICTURES];
  const ladder = ['ladder/v360.m3u8', 'ladder/360p.mp4', 'ladder/v360/init.mp4', 'ladder/v360/00001.m4s'];
  return [
    ...live.map((file) => `/live/${room.name}/${file}`),
    ...[...vod, ...ladder].map((file) => `/vod/${post.name}/${file}`),
  ];
}

export interface Answer {
  outcome: Outcome;
  /** Where the answer came from in the end. */
  url: string;
  cacheControl: string | null;
  body: string;
}

const withToken = (url: string, token: string | null): string =>
  token === null ? url : `${url}?streamingToken=${token}`;

/** Asks as a player does: with the token on the URL, following the redirect. */
export async function ask(stage: DoorStage, path: string, token: string | null): Promise<Answer> {
  const answer = await fetch(withToken(stage.http + path, token));
  const body = await answer.text();
  const outcome =
    answer.status === 200 ? 'ok' : String((JSON.parse(body) as { errorCode: string }).errorCode);
  return { outcome, url: answer.url, cacheControl: answer.headers.get('cache-control'), body };
}

/** One HTTP-FLV viewer that watches until it is closed. */
export class FlvWatcher {
  private over = false;

  private constructor(
    readonly outcome: Outcome,
    private readonly stop: AbortController,
  ) {}

  static async start(stage: DoorStage, token: string | null): Promise<FlvWatcher> {
    const stop = new AbortController();
    const url = withToken(`${stage.http}/egress/${stage.room.name}.flv`, token);
    const answer = await fetch(url, { signal: stop.signal });
    if (answer.status !== 200)
      return new FlvWatcher(((await answer.json()) as { errorCode: string }).errorCode, stop);
    const watcher = new FlvWatcher('ok', stop);
    const done = (): void => void (watcher.over = true);
    answer.arrayBuffer().then(done, done);
    return watcher;
  }

  get watching(): boolean {
    return this.outcome === 'ok' && !this.over;
  }

  async ended(): Promise<void> {
    await until(() => this.over, { ...SOON, what: 'the HTTP-FLV viewer to be ended' });
  }

  leave(): void {
    this.stop.abort();
  }
}

/** One RTMP player. The token goes with the stream's name, or with the application. */
export class RtmpWatcher {
  private constructor(
    private readonly client: RtmpClient,
    readonly outcome: Outcome,
  ) {}

  static async start(
    stage: DoorStage,
    token: string | null,
    where: 'stream' | 'application' = 'stream',
  ): Promise<RtmpWatcher> {
    const application = where === 'application' ? withToken('live', token) : 'live';
    const client = await RtmpClient.ready(stage.rtmpPort, application);
    client.play(where === 'stream' ? withToken(stage.room.name, token) : stage.room.name);
    const status = await until(
      () => client.statuses.find(({ code }) => /^NetStream\.Play\.(Start|Failed|StreamNotFound)$/.test(code)),
      { ...SOON, what: 'an answer to play' },
    );
    if (status.code !== 'NetStream.Play.Start') client.destroy();
    return new RtmpWatcher(client, outcomeOf(status));
  }

  get watching(): boolean {
    return this.outcome === 'ok' && !this.client.isClosed;
  }

  /** Resolves with the code that it was told. */
  async ended(): Promise<Outcome> {
    await this.client.closed();
    const failed = this.client.statuses.find(({ code }) => code === 'NetStream.Play.Failed');
    return failed ? outcomeOf(failed) : 'closed without a reason';
  }

  leave(): void {
    this.client.destroy();
  }
}

function outcomeOf({ code, description }: { code: string; description: string }): Outcome {
  if (code === 'NetStream.Play.Start') return 'ok';
  return code === 'NetStream.Play.Failed' ? (description.split(':')[0] ?? '') : code;
}
