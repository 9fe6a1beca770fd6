import type { Results } from './results';
import type { TimeRowId } from './rows';
import type { Member, Stage } from './stage';

const PAGE_SIZE = 10;
/** A word that a hundredth of the titles have, one that all have, and one that none has. */
const KEYWORDS = ['number 7', 'show', 'nowhere'];

/**
 * Lists of an app with so many rooms: the first page, the last one, and searches of the titles, one request at a time. Rooms are
 * written into the database itself; many share a time, so that their order hangs on more than that.
 */
export async function measureLists(
  stage: Stage,
  results: Results,
  counts: { rooms: number; requests: number },
): Promise<void> {
  const member = await stage.member();
  await seed(stage, member, counts.rooms);
  const { totalElements: total } = await stage.api.listRooms();
  results.check(total >= counts.rooms, `the list counts ${total} rooms of at least ${counts.rooms}`);
  const lastPage = Math.ceil(total / PAGE_SIZE) - 1;
  const queries: Record<Extract<TimeRowId, `list-${string}`>, (i: number) => string> = {
    'list-first': () => 'page=0',
    'list-last': (i) => `page=${lastPage}&sortBy=${i % 2 ? 'CREATED_AT_DESC' : 'LAST_MODIFIED_AT_ASC'}`,
    'list-keyword': (i) => `keyword=${encodeURIComponent(KEYWORDS[i % KEYWORDS.length]!)}`,
  };
  for (let i = 0; i < counts.requests; i += 1) {
    for (const [row, queryOf] of Object.entries(queries) as [TimeRowId, (i: number) => string][]) {
      const query = queryOf(i);
      const startedAt = performance.now();
      const page = await stage.api.listRooms(`?pageSize=${PAGE_SIZE}&${query}`);
      results.time(row, performance.now() - startedAt);
      const expected = row === 'list-last' ? total - lastPage * PAGE_SIZE : PAGE_SIZE;
      const isWhole = page.content.length === expected || query.endsWith('nowhere');
      results.check(isWhole, `${query} had ${page.content.length} rooms of ${expected}`);
    }
  }
}

async function seed({ commits }: Stage, member: Member, rooms: number): Promise<void> {
  const { postgres } = commits;
  await postgres.query(
    `insert into video_rooms (app_id, member_id, stream_key_id, playback_name, type, title, scheduled_at, state, created_at, last_modified_at)
     select m.app_id, m.id, $2, 'listed' || i, 'BROADCAST_RTMP', 'Show number ' || i % 1000, now(), 'CANCELLED', at, at
     from members m, generate_series(1, $3::int) i, lateral (select now() - i / 7 * interval '1 minute' as at) t
     where m.id = $1`,
    [member.memberId, member.streamKeyId, rooms],
  );
  // As a database is that did not get its rooms in one second.
  await postgres.query('vacuum analyze video_rooms');
}
