import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { Results } from '../results';
import type { TimeRowId } from '../rows';
import type { Stage } from '../stage';
import { FLOOR_QUEUE, type FloorPlace } from './place';
import { floorWorkflow, insertUpdate, noopUpdate } from './workflow';

const REPOSITORY = join(__dirname, '../../..');
/** Its workflow is bundled first. */
const START_TIMEOUT_MS = 60_000;
/** As many as there are shows at once. */
const WORKFLOWS = 10;

/** The honest peer of goLive: an Update of a trivial workflow with one insert, on the same Temporal and the same Postgres. */
export class Floor {
  private constructor(
    private readonly child: ChildProcess,
    private readonly workflows: WorkflowHandle[],
  ) {}

  static async start(stage: Stage): Promise<Floor> {
    const child = fork(join(__dirname, 'worker.ts'), {
      cwd: REPOSITORY,
      execArgv: ['-r', join(REPOSITORY, 'scripts/support/ts-register.cjs')],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const place: FloorPlace = {
      temporalAddress: stage.processes.addresses.temporal,
      namespace: stage.temporal.options.namespace,
      databaseUrl: stage.databaseUrl,
    };
    child.send(place);
    const gone = once(child, 'exit').then(([code]) => {
      throw new Error(`the floor's worker ended with exit code ${String(code)}`);
    });
    gone.catch(() => undefined);
    await Promise.race([once(child, 'message', { signal: AbortSignal.timeout(START_TIMEOUT_MS) }), gone]);
    const starts = Array.from({ length: WORKFLOWS }, (_, i) =>
      stage.temporal.workflow.start(floorWorkflow, { workflowId: `floor-${i}`, taskQueue: FLOOR_QUEUE }),
    );
    const floor = new Floor(child, await Promise.all(starts));
    // The first tasks, and both roads once.
    await Promise.all(floor.workflows.map((one) => one.executeUpdate(noopUpdate)));
    await Promise.all(floor.workflows.map((one) => one.executeUpdate(insertUpdate)));
    return floor;
  }

  /** One Update with one insert. */
  async measure(row: TimeRowId, results: Results): Promise<void> {
    const askedAt = performance.now();
    await this.workflows[0]!.executeUpdate(insertUpdate);
    results.peer(row, performance.now() - askedAt);
  }

  /** One in each workflow, until the last answer. */
  async measureAll(row: TimeRowId, results: Results): Promise<void> {
    const askedAt = performance.now();
    await Promise.all(this.workflows.map((one) => one.executeUpdate(insertUpdate)));
    results.peer(row, performance.now() - askedAt);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
  }
}
