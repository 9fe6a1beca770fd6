import type { Piece } from '../budget/budget';
import type { EventsRow, MemoryRow, Results } from '../results';
import { TIME_ROWS, type TimeRow, type TimeRowId } from '../rows';
import { percentile } from './percentile';

/** One row of the table, in words and in numbers. Milliseconds. */
export interface TimeLine {
  id: TimeRowId;
  name: string;
  goal: TimeRow['goal'];
  p50: number;
  p95: number;
  p99: number;
  n: number;
  /** Null where there is no goal. */
  met: boolean | null;
  /** The median of what ran beside it, and how many times as long ours took. */
  peer: { name: string; p50: number; ratio: number } | null;
}

/** The rows that were measured, in the order of the table. */
export function timeLines(results: Results): TimeLine[] {
  return TIME_ROWS.flatMap((row) => {
    const samples = results.times.get(row.id);
    return samples ? [timeLine(row, samples, results.peers.get(row.id))] : [];
  });
}

function timeLine(row: TimeRow<TimeRowId>, samples: number[], peers: number[] | undefined): TimeLine {
  const p50 = percentile(samples, 50);
  const peer = row.peer && peers ? { name: row.peer, p50: percentile(peers, 50) } : null;
  return {
    id: row.id,
    name: row.name,
    goal: row.goal,
    p50,
    p95: percentile(samples, 95),
    p99: percentile(samples, 99),
    n: samples.length,
    met: row.goal && percentile(samples, row.goal.percent) <= row.goal.maxMs,
    peer: peer && { ...peer, ratio: p50 / peer.p50 },
  };
}

const KIB_PER_MIB = 1_024;

/** A duration: milliseconds below ten seconds, with a decimal below ten. */
export function duration(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

const goalText = (goal: TimeRow['goal']): string =>
  goal ? `p${goal.percent} ≤ ${goal.maxMs >= 1_000 ? `${goal.maxMs / 1_000} s` : `${goal.maxMs} ms`}` : '–';
const verdict = (met: boolean | null): string => (met === null ? '' : met ? 'met' : 'MISSED');

export const TIME_HEAD = ['', 'goal', 'p50', 'p95', 'p99', 'n', '', 'peer p50', 'ratio'];
export function timeCells({ name, goal, p50, p95, p99, n, met, peer }: TimeLine): string[] {
  const times = [p50, p95, p99].map(duration);
  const beside = peer ? [`${duration(peer.p50)} (${peer.name})`, `${peer.ratio.toFixed(1)} ×`] : ['', ''];
  return [name, goalText(goal), ...times, String(n), verdict(met), ...beside];
}

export const MEMORY_HEAD = ['resident memory', 'fresh', 'with the rooms', 'rooms', 'a room'];
export function memoryCells({ process, beforeKib, afterKib, rooms }: MemoryRow): string[] {
  const mib = (kib: number): string => `${Math.round(kib / KIB_PER_MIB)} MiB`;
  return [
    process,
    mib(beforeKib),
    mib(afterKib),
    String(rooms),
    `${Math.round((afterKib - beforeKib) / rooms)} KiB`,
  ];
}

export const EVENTS_HEAD = [
  'history events of a broadcast',
  'room',
  'stream key',
  'archive',
  'together',
  'n',
];

/** One line for the shows of one kind: medians, since a task more or less is a matter of timing. */
export function eventsCells(shows: readonly EventsRow[]): string[] {
  const { broadcast, reconnects } = shows[0]!;
  const name = `${broadcast}, ${reconnects === 0 ? 'no reconnect' : `${reconnects} reconnects`}`;
  const median = (of: (show: EventsRow) => number): string => String(percentile(shows.map(of), 50));
  return [
    name,
    median(({ room }) => room),
    median(({ streamKey }) => streamKey),
    median(({ archive }) => archive),
    median(({ room, streamKey, archive }) => room + streamKey + archive),
    String(shows.length),
  ];
}

/** Shows by mode and number of reconnects, in the order in which they came first. */
export function kindsOfShows(events: readonly EventsRow[]): EventsRow[][] {
  const kinds = new Map<string, EventsRow[]>();
  for (const show of events) {
    const kind = `${show.broadcast}, ${show.reconnects}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), show]);
  }
  return [...kinds.values()];
}

export const BUDGET_HEAD = ['where the time goes', 'median', 'n'];

/** One command's pieces in their order, by the medians of all its runs; the last line is the whole. */
export function budgetRows(command: string, runs: readonly Piece[][]): string[][] {
  const names = [...new Set(runs.flatMap((run) => run.map(({ name }) => name)))];
  const rows = names.map((name) => {
    const samples = runs.flatMap((run) => run.filter((piece) => piece.name === name).map(({ ms }) => ms));
    return [`${command}: ${name}`, duration(percentile(samples, 50)), String(samples.length)];
  });
  const wholes = runs.map((run) => run.reduce((sum, { ms }) => sum + ms, 0));
  return [...rows, [`${command}, together`, duration(percentile(wholes, 50)), String(runs.length)]];
}
