import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { archiveWorkflowId } from '../../../src/domain/ids';
import { CREATED_BY_API_RUN_ID } from '../../../src/store/video-rooms';
import { until } from '../../support/until';
import { EXPECTED_FILE, HISTORIES, type Expected, type ExpectedRun } from './histories';
import type { World } from '../../workflow/support/world';
import type { Show } from './scenarios';
import { assertClean, scrub } from './scrub';

const SETTLE_TIMEOUT_MS = 30_000;
const { version: sdk } = JSON.parse(
  readFileSync(require.resolve('@temporalio/worker/package.json'), 'utf8'),
) as {
  version: string;
};

/** Temporal's own: what a run says of itself in the UI. */
const METADATA_QUERY = '__temporal_workflow_metadata';

interface Run {
  workflowId: string;
  runId: string;
  status: string;
}

/** Null while anything of the run is under way. */
async function atRest(world: World, workflowId: string, runId: string): Promise<Run | null> {
  const { raw, status } = await world.client.workflow.getHandle(workflowId, runId).describe();
  const isBusy = raw.pendingActivities?.length || raw.pendingWorkflowTask || raw.pendingChildren?.length;
  return isBusy ? null : { workflowId, runId, status: status.name };
}

/** All runs of a workflow id, oldest first; null while anything of them is under way. */
async function runsOf(world: World, workflowId: string): Promise<Run[] | null> {
  const listed: { runId: string; startTime: Date }[] = [];
  const query = `WorkflowId="${workflowId}"`;
  for await (const { runId, startTime } of world.client.workflow.list({ query }))
    listed.push({ runId, startTime });
  listed.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  if (listed.length === 0) return [];
  // The list runs a little behind.
  const newest = await world.client.workflow.getHandle(workflowId).describe();
  const runs = await Promise.all(listed.map(({ runId }) => atRest(world, workflowId, runId)));
  return runs.at(-1)?.runId === newest.runId && runs.every((run) => run !== null) ? runs : null;
}

/** The runs of workflows by the names of their files; later runs of one workflow get a number. */
async function settledRuns(world: World, ids: Record<string, string>): Promise<Record<string, Run>> {
  const named: Record<string, Run> = {};
  for (const [name, workflowId] of Object.entries(ids)) {
    const what = `${workflowId} to be at rest`;
    const runs = await until(() => runsOf(world, workflowId), {
      timeoutMs: SETTLE_TIMEOUT_MS,
      what,
      everyMs: 200,
    });
    runs.forEach((run, index) => (named[index ? `${name}-run-${index + 1}` : name] = run));
  }
  return named;
}

/** The real run's own answers, which a replay is held against. */
async function expectedRun(world: World, { workflowId, runId, status }: Run): Promise<ExpectedRun> {
  const handle = world.client.workflow.getHandle(workflowId, runId, { firstExecutionRunId: runId });
  const queries = workflowId.startsWith('room')
    ? ['getState', 'getTimeline']
    : workflowId.startsWith('streamkey')
      ? ['getState']
      : [];
  const states: Record<string, unknown> = {};
  for (const query of queries) states[query] = await handle.query(query);
  const { currentDetails } = await handle.query<{ currentDetails?: string }, []>(METADATA_QUERY);
  return { workflowId, status, states, details: currentDetails ?? '' };
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
  const { world, room, member } = show;
  // Every story ends its room; the row is written a moment before the workflow completes.
  await world.roomHandle(room).result();
  const ids = {
    room: world.roomHandle(room).workflowId,
    key: world.keyHandle(member).workflowId,
    'archive-1': archiveWorkflowId(room.appId, room.roomId, 1),
    'archive-2': archiveWorkflowId(room.appId, room.roomId, 2),
  };
  const runs = await settledRuns(world, ids);
  return write(world, runs, scenario, { story, server, events: await eventsOf(show) }, [member.secret]);
}

/** As `recordShow`, for workflows beside a show: their ids by the names of their files. */
export async function recordWork(
  world: World,
  ids: Record<string, string>,
  scenario: string,
  story: string,
  server: string,
): Promise<number> {
  const runs = await settledRuns(world, ids);
  return write(world, runs, scenario, { story, server, events: { room: [], key: [] } }, []);
}

async function write(
  world: World,
  runs: Record<string, Run>,
  scenario: string,
  { story, server, events }: Pick<Expected, 'story' | 'events'> & { server: string },
  secrets: string[],
): Promise<number> {
  const folder = join(HISTORIES, scenario);
  mkdirSync(folder, { recursive: true });
  let bytes = 0;
  const keep = (file: string, text: string) => {
    assertClean(`${scenario}/${file}`, text, secrets);
    writeFileSync(join(folder, file), text);
    bytes += Buffer.byteLength(text);
  };
  const expected: Expected = { story, recordedWith: { sdk, server }, events, runs: {} };
  for (const [name, run] of Object.entries(runs)) {
    const history = await world.client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    const scrubbed = scrub(JSON.parse(historyToJSON(history))) as { events: unknown[] };
    // An event a line: small, and a change can be read.
    const lines = scrubbed.events.map((event) => JSON.stringify(event)).join(',\n');
    keep(`${name}.json`, `{"events":[\n${lines}\n]}\n`);
    expected.runs[name] = await expectedRun(world, run);
  }
  keep(EXPECTED_FILE, `${JSON.stringify(expected, null, 2)}\n`);
  return bytes;
}
