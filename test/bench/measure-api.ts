import type { RoomAnswer } from '../../src/demo/api-client';
import type { Results } from './results';
import type { TimeRowId } from './rows';
import type { Member, Stage } from './stage';

/** What two cores are promised to carry (issue 5, acceptance 6). */
const REQUESTS_PER_SECOND = 50;

interface Request {
  row: Extract<TimeRowId, 'api-read' | 'api-write'>;
  ask(): Promise<unknown>;
}

/**
 * Requests of a backend at a fixed rate, whatever the answers take: each is timed from the moment when it was due, so that a stall
 * counts for all that came during it. Of ten, eight read (a room four times, a key twice, a list twice) and two write.
 */
export async function measureApi(stage: Stage, results: Results, seconds: number): Promise<void> {
  const member = await stage.member();
  const room = await stage.room(member);
  const requests = Array.from({ length: seconds * REQUESTS_PER_SECOND }, (_, i) =>
    requestOf(stage, { member, room, i }),
  );
  const startedAt = performance.now();
  await Promise.all(
    requests.map(async ({ row, ask }, i) => {
      const dueAt = startedAt + (i * 1_000) / REQUESTS_PER_SECOND;
      await new Promise((resolve) => setTimeout(resolve, dueAt - performance.now()));
      const problem = await ask().then(
        () => null,
        (error: unknown) => String(error),
      );
      results.time(row, performance.now() - dueAt);
      results.check(problem === null, `a request at ${REQUESTS_PER_SECOND}/s failed: ${problem}`);
    }),
  );
}

function requestOf({ api }: Stage, of: { member: Member; room: RoomAnswer; i: number }): Request {
  const { member, room, i } = of;
  const read = (ask: Request['ask']): Request => ({ row: 'api-read', ask });
  const write = (ask: Request['ask']): Request => ({ row: 'api-write', ask });
  switch (i % 10) {
    case 0:
      return write(() => api.createMember(`load-${i}`));
    case 5:
      return write(() => api.createRoom(member.appUserId, `load ${i}`));
    case 2:
    case 7:
      return read(() => api.streamKey(member.appUserId));
    case 3:
    case 8:
      return read(() => api.listRooms());
    default:
      return read(() => api.room(room.id));
  }
}
