import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, type RoomAnswer } from '../../../src/demo/api-client';
import { ffprobe } from '../../support/ffmpeg';
import type { Processes } from '../../support/processes';
import { until } from '../../support/until';
import { LastingEncoder } from './lasting-encoder';

/** A restart of a role takes a few seconds on two busy cores, and the encoder comes back after it. */
export const within = { timeoutMs: 60_000 };
export const MIN_SEGMENTS = 3;

/** A show that is still to come. */
export interface Scheduled {
  appUserId: string;
  roomId: number;
  streamKeyId: number;
}

/** One live broadcast of a new member, with a real encoder that comes back by itself. */
export class Show {
  private api: ApiClient;

  private constructor(
    private processes: Processes,
    readonly encoder: LastingEncoder,
    private readonly live: RoomAnswer,
    private readonly postsBefore: number,
  ) {
    this.api = clientOf(processes);
  }

  /** On the air, with some of it recorded. `beforehand`: done while its room is there and nobody streams yet. */
  static async live(
    processes: Processes,
    mode: string,
    beforehand: (scheduled: Scheduled) => Promise<void> = () => Promise.resolve(),
  ): Promise<Show> {
    const api = clientOf(processes);
    const appUserId = `crash-${randomBytes(4).toString('hex')}`;
    await api.createMember(appUserId);
    const key = await api.streamKey(appUserId);
    const room = await api.createRoom(appUserId, 'a show that goes on');
    await beforehand({ appUserId, roomId: room.id, streamKeyId: key.id });
    const encoder = new LastingEncoder(`${key.ingestUrl}/${key.streamKey}?mode=${mode}`);
    try {
      await until(async () => (await api.streamKey(appUserId)).streamKeyState === 'ACTIVE', {
        ...within,
        what: 'the key to be ACTIVE',
      });
      const show = new Show(processes, encoder, await api.goLive(room.id), posts(processes));
      await show.recorded(MIN_SEGMENTS);
      return show;
    } catch (error) {
      await encoder.stop();
      throw error;
    }
  }

  /** The same data and ports, in new processes. */
  goesOnAt(processes: Processes): void {
    this.processes = processes;
    this.api = clientOf(processes);
  }

  get segments(): number {
    const name = /\/live\/([^/.]+)/.exec(this.live.rtmpPlayUrl ?? this.live.playUrl ?? '')?.[1];
    const file = join(this.processes.dataDir, 'storage', 'broadcasts', name ?? '', 'timeline.jsonl');
    return existsSync(file) ? readFileSync(file, 'utf8').split('"type":"segment"').length - 1 : 0;
  }

  recorded(segments: number): Promise<unknown> {
    return until(() => this.segments >= segments, { ...within, what: `${segments} segments on disk` });
  }

  async state(): Promise<string> {
    return (await this.api.room(this.live.id)).videoRoomState;
  }

  becomes(state: string): Promise<unknown> {
    return until(async () => (await this.state().catch(() => 'no answer')) === state, {
      ...within,
      what: state,
    });
  }

  /** The operator stops the encoder and the backend ends the show, asking again while it is told to. Answers the VOD. */
  async endsArchived(): Promise<{ vodUrl: string; durationS: number }> {
    const { api, live } = this;
    await this.encoder.stop();
    await until(async () => (await api.end(live.id)).videoRoomState === 'ENDED', {
      ...within,
      everyMs: 500,
      what: 'the end to be accepted',
    });
    await this.becomes('ARCHIVED');
    const archived = await api.room(live.id);
    expect(archived).toMatchObject({ vodState: 'ARCHIVED', forciblyTerminated: false });
    expect(posts(this.processes) - this.postsBefore).toBe(1);
    const post = await api.videoPost(archived.videoPostId!);
    expect(post.videoPostState).toBe('PROCESSED');
    const { json } = await ffprobe('-show_streams', '-show_format', archived.vodUrl!);
    expect(json.streams.length).toBeGreaterThan(0);
    return { vodUrl: archived.vodUrl!, durationS: Number(json.format?.duration) };
  }
}

const clientOf = ({ addresses, credentials }: Processes) => new ApiClient(addresses.api, credentials);

function posts({ dataDir }: Processes): number {
  const dir = join(dataDir, 'storage', 'vod');
  return existsSync(dir) ? readdirSync(dir).length : 0;
}
