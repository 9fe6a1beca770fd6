import { Client } from 'pg';

/** A state that is written, as other connections see it. */
interface Commit {
  entity: string;
  id: number;
  state: string;
  /** When this process heard of it, by the monotonic clock, milliseconds. */
  at: number;
}

const CHANNEL = 'bench';
const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Postgres sends a notification when its transaction commits, so a trigger of ours tells each state just as it becomes
 * readable: no looking every so often, which would be late and would take the cores from what is measured.
 */
const TRIGGERS = `
create function bench_event() returns trigger language plpgsql as $$ begin
  perform pg_notify('${CHANNEL}', json_build_object('entity', new.entity, 'id', new.entity_id, 'state', new.to_state)::text);
  return null; end $$;
create trigger bench_event after insert on events for each row execute function bench_event();
create function bench_post() returns trigger language plpgsql as $$ begin
  perform pg_notify('${CHANNEL}', json_build_object('entity', 'post', 'id', new.video_room_id, 'state', 'playable')::text);
  return null; end $$;
create trigger bench_post after insert or update of playable_at on video_posts for each row
  when (new.playable_at is not null) execute function bench_post();
`;

/** Hears of each state of rooms, stream keys and posts at its commit. */
export class CommitLog {
  private readonly commits: Commit[] = [];
  private readonly listeners = new Set<() => void>();

  private constructor(readonly postgres: Client) {
    postgres.on('notification', ({ payload }) => {
      this.commits.push({ ...(JSON.parse(payload ?? '{}') as Omit<Commit, 'at'>), at: performance.now() });
      for (const listener of this.listeners) listener();
    });
  }

  static async open(databaseUrl: string): Promise<CommitLog> {
    const postgres = new Client({ connectionString: databaseUrl });
    await postgres.connect();
    await postgres.query(TRIGGERS);
    await postgres.query(`listen ${CHANNEL}`);
    return new CommitLog(postgres);
  }

  /** The time of the first commit of this state since `since`. A post's id is its room's. */
  async reached(
    entity: 'videoRoom' | 'streamKey' | 'post',
    id: number,
    state: string,
    since: number,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ): Promise<number> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = this.commits.find(
        (one) => one.entity === entity && one.id === id && one.state === state && one.at >= since,
      );
      if (found) return found.at;
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`${entity} ${id} was not ${state} in ${timeoutMs} ms`);
      await this.change(left);
    }
  }

  close(): Promise<void> {
    return this.postgres.end();
  }

  private change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.listeners.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.listeners.add(done);
    });
  }
}
