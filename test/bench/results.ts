import type { Piece } from './budget/budget';
import type { TimeRowId } from './rows';

/** Memory of one process. Kibibytes of resident memory. */
export interface MemoryRow {
  process: string;
  beforeKib: number;
  afterKib: number;
  /** Scheduled rooms between the two. */
  rooms: number;
}

/** History events of one broadcast's workflows, from the first publish to ARCHIVED. */
export interface EventsRow {
  broadcast: string;
  reconnects: number;
  room: number;
  streamKey: number;
  archive: number;
}

/** What a run has seen so far. */
export class Results {
  readonly times = new Map<TimeRowId, number[]>();
  readonly peers = new Map<TimeRowId, number[]>();
  readonly memory: MemoryRow[] = [];
  readonly events: EventsRow[] = [];
  /** By command: what each run of it was made of. */
  readonly budgets = new Map<string, Piece[][]>();
  /** Answers that were not true, each in words. A run with one has failed, however fast it was. */
  readonly wrong: string[] = [];
  /** Answers that were looked at for that. */
  checked = 0;

  time(row: TimeRowId, ms: number): void {
    add(this.times, row, ms);
  }

  peer(row: TimeRowId, ms: number): void {
    add(this.peers, row, ms);
  }

  budget(command: string, run: Piece[]): void {
    this.budgets.set(command, [...(this.budgets.get(command) ?? []), run]);
  }

  /** Counts an answer as looked at, and as wrong where it was. */
  check(isTrue: boolean, otherwise: string): void {
    this.checked += 1;
    if (!isTrue) this.wrong.push(otherwise);
  }
}

function add(to: Map<TimeRowId, number[]>, row: TimeRowId, ms: number): void {
  const samples = to.get(row) ?? [];
  samples.push(ms);
  to.set(row, samples);
}
