import { Pool } from 'pg';

export interface RoomRow {
  id: string;
  state: string;
  vod_state: string;
  forcibly_terminated: boolean;
  playback_name: string;
  video_post_id: string | null;
  live_started_at: Date | null;
  transition_number: string;
}
export interface KeyRow {
  id: string;
  member_id: string;
  state: string;
  video_room_id: string | null;
  session_id: string | null;
  transition_number: string;
}
export interface EventRow {
  entity: 'streamKey' | 'videoRoom';
  seq: string;
  type: string;
  from_state: string | null;
  to_state: string;
  reason: string | null;
  at: Date;
}
export interface PostRow {
  id: string;
  name: string;
  state: string;
  duration_ms: string | null;
}

const QUERY_TIMEOUT_MS = 5_000;

/** The tables, read past the API. */
export class Rows {
  private readonly pool: Pool;

  constructor(databaseUrl: string) {
    this.pool = new Pool({
      connectionString: databaseUrl,
      connectionTimeoutMillis: QUERY_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      max: 4,
    });
    // An idle connection whose server was killed: the next query opens another.
    this.pool.on('error', () => undefined);
  }

  private async all<T>(text: string, ...values: unknown[]): Promise<T[]> {
    return (await this.pool.query(text, values)).rows as T[];
  }

  /** True, or rejects. */
  async ping(): Promise<true> {
    await this.all('select 1');
    return true;
  }

  async room(id: number): Promise<RoomRow> {
    return (await this.all<RoomRow>('select * from video_rooms where id = $1', id))[0]!;
  }

  async key(id: number): Promise<KeyRow> {
    return (await this.all<KeyRow>('select * from stream_keys where id = $1', id))[0]!;
  }

  events(entity: EventRow['entity'], id: number): Promise<EventRow[]> {
    const text = 'select * from events where entity = $1 and entity_id = $2 order by id';
    return this.all<EventRow>(text, entity, id);
  }

  posts(roomId: number): Promise<PostRow[]> {
    return this.all<PostRow>('select * from video_posts where video_room_id = $1', roomId);
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}
