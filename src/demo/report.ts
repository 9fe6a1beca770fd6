import type { RoomAnswer } from './api-client';
import type { Change } from './watcher';

/** Milliseconds; what each one is measured from and to is said in show.ts and forced-end.ts. */
export interface Times {
  publishAccepted: number;
  publishToActive: number;
  goLive: number;
  dropSeen: number;
  resumeToLive: number;
  end: number;
  endToPlayable: number;
  endToArchived: number;
  forceEndToCut: number;
}

/** Goals of these times on two cores; the others depend on the length of the show. */
const GOALS_MS: Partial<Times> = {
  publishAccepted: 150,
  publishToActive: 3_000,
  goLive: 200,
  dropSeen: 500,
  endToPlayable: 2_000,
  forceEndToCut: 1_000,
};

export interface Urls {
  hls: string;
  dash: string;
  rtmp: string;
  httpFlv: string;
  vod: string;
  temporalUi: string | null;
}

/** Tells a person what happens while it happens, and keeps it for the table and the last line. */
export class Report {
  readonly ms: Partial<Times> = {};
  readonly urls: Partial<Urls> = {};
  room: { id: number; uuid: string; states: string[] } | null = null;
  streamKey: { states: string[] } | null = null;
  private readonly startedAt = performance.now();
  private readonly rows: string[][] = [];

  constructor(private readonly write: (text: string) => void) {}

  step(text: string): void {
    this.write(`${this.clock(performance.now())}  ${text}`);
  }

  changed({ id }: RoomAnswer, { entity, state, at }: Change): void {
    const what = entity === 'room' ? `room ${id}` : `key of room ${id}`;
    this.rows.push([this.clock(at), what, state]);
    this.write(`${this.clock(at)}    ${what} -> ${state}`);
  }

  time(name: keyof Times, ms: number): void {
    this.ms[name] = Math.round(ms);
  }

  showUrls(): void {
    for (const [name, url] of Object.entries(this.urls)) if (url) this.write(`  ${name.padEnd(11)} ${url}`);
  }

  /** Each transition with its time, then what was measured beside its goal. */
  showTables(): void {
    this.write('\nTransitions');
    this.table(['at', 'what', 'state'], this.rows);
    this.write('\nTimes');
    const rows = Object.entries(this.ms).map(([name, ms]) => {
      const goal = GOALS_MS[name as keyof Times];
      return [
        name,
        `${ms} ms`,
        goal === undefined ? '' : `${goal} ms`,
        goal === undefined ? '' : ms <= goal ? 'met' : 'missed',
      ];
    });
    this.table(['', 'took', 'goal', ''], rows);
    this.write('\nWatch');
    this.showUrls();
  }

  /** The last line: issue 3, section 8. */
  json(failure: string | null): string {
    const { room, streamKey, urls, ms } = this;
    return JSON.stringify({
      ok: failure === null,
      room,
      streamKey,
      urls,
      ms,
      ...(failure === null ? {} : { failure }),
    });
  }

  private clock(at: number): string {
    return `${((at - this.startedAt) / 1000).toFixed(3).padStart(8)} s`;
  }

  private table(head: string[], rows: string[][]): void {
    const widths = head.map((title, column) =>
      Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
    );
    for (const row of [head, ...rows]) {
      this.write(`  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd());
    }
  }
}
