import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { archiveWorkflowId } from '../../../src/domain/ids';
import { CREATED_BY_API_RUN_ID } from '../../../src/store/video-rooms';
import { until } from '../../support/until';
import { EXPECTED_FILE, HISTORIES, type Expected, type ExpectedRun } from './histories';
import type { Show } from './scenarios';
import { assertClean, scrub } from './scrub';

const SETTLE_TIMEOUT_MS = 30_000;
const { version: sdk } = JSON.parse(
  readFileSync(require.resolve('@temporalio/worker/package.json'), 'utf8'),
) as {
  version: string;
};

interface Run {
  workflowId: string;
  runId: string;
  status: string;
}

/** Null while anything of the run is under way. */
async function atRest({ world }: Show, workflowId: string, runId: string): Promise<Run | null> {
  const { raw, status } = await world.client.workflow.getHandle(workflowId, runId).describe();
  const isBusy = raw.pendingActivities?.length || raw.pendingWorkflowTask || raw.pendingChildren?.length;
  return isBusy ? null : { workflowId, runId, status: status.name };
}

/** All runs of a workflow id, oldest first; null while anything of them is under way. */
async function runsOf(show: Show, workflowId: string): Promise<Run[] | null> {
  const listed: { runId: string; startTime: Date }[] = [];
  const query = `WorkflowId="${workflowId}"`;
  for await (const { runId, startTime } of show.world.client.workflow.list({ query }))
    listed.push({ runId, startTime });
  listed.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  if (listed.length === 0) return [];
  // The list runs a little behind.
  const newest = await show.world.client.workflow.getHandle(workflowId).describe();
  const runs = await Promise.all(listed.map(({ runId }) => atRest(show, workflowId, runId)));
  return runs.at(-1)?.runId === newest.runId && runs.every((run) => run !== null) ? runs : null;
}

/** The runs of a show by the names of their files: `room`, `key`, `archive-1`; later runs of one workflow get a number. */
async function settledRuns(show: Show): Promise<Record<string, Run>> {
  const { world, room, member } = show;
  const ids: [string, string][] = [
    ['room', world.roomHandle(room).workflowId],
    ['key', world.keyHandle(member).workflowId],
    ['archive-1', archiveWorkflowId(room.appId, room.roomId, 1)],
    ['archive-2', archiveWorkflowId(room.appId, room.roomId, 2)],
  ];
  // Every story ends its room; the row is written a moment before the workflow completes.
  await world.roomHandle(room).result();
  const named: Record<string, Run> = {};
  for (const [name, workflowId] of ids) {
    const what = `${workflowId} to be at rest`;
    const runs = await until(() => runsOf(show, workflowId), {
      timeoutMs: SETTLE_TIMEOUT_MS,
      what,
      everyMs: 200,
    });
    runs.forEach((run, index) => (named[index ? `${name}-run-${index + 1}` : name] = run));
  }
  return named;
}

/** The real run's own answers, which a replay is held against. */
async function expectedRun({ world }: Show, { workflowId, runId, status }: Run): Promise<ExpectedRun> {
  const handle = world.client.workflow.getHandle(workflowId, runId, { firstExecutionRunId: runId });
  const queries = workflowId.startsWith('room')
    ? ['getState', 'getTimeline']
    : workflowId.startsWith('streamkey')
      ? ['getState']
      : [];
  const states: Record<string, unknown> = {};
  for (const query of queries) states[query] = await handle.query(query);
  return { workflowId, status, states };
}

async function eventsOf({ world, room, member }: Show): Promise<Expected['events']> {
  const of = async (entity: string, id: number) => {
    const events = await world.knex('events').where({ entity, entity_id: id }).orderBy('seq');
    return events
      .filter((event) => event.run_id !== CREATED_BY_API_RUN_ID)
      .map((event) => `${event.type}, ${event.reason}`);
  };
  return { room: await of('videoRoom', room.roomId), key: await of('streamKey', member.key.streamKeyId) };
}

/** Writes a show's histories and what came out of it. Answers their size in bytes. */
export async function recordShow(
  show: Show,
  scenario: string,
  story: string,
  server: string,
): Promise<number> {
  const folder = join(HISTORIES, scenario);
  mkdirSync(folder, { recursive: true });
  let bytes = 0;
  const write = (file: string, text: string) => {
    assertClean(`${scenario}/${file}`, text, [show.member.secret]);
    writeFileSync(join(folder, file), text);
    bytes += Buffer.byteLength(text);
  };
  const runs = await settledRuns(show);
  const expected: Expected = { story, recordedWith: { sdk, server }, events: await eventsOf(show), runs: {} };
  for (const [name, run] of Object.entries(runs)) {
    const history = await show.world.client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    const { events } = scrub(JSON.parse(historyToJSON(history))) as { events: unknown[] };
    // An event a line: small, and a change can be read.
    write(`${name}.json`, `{"events":[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`);
    expected.runs[name] = await expectedRun(show, run);
  }
  write(EXPECTED_FILE, `${JSON.stringify(expected, null, 2)}\n`);
  return bytes;
}
