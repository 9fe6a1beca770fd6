import type { Results } from '../results';
import {
  BUDGET_HEAD,
  budgetRows,
  EVENTS_HEAD,
  eventsCells,
  kindsOfShows,
  MEMORY_HEAD,
  memoryCells,
  TIME_HEAD,
  timeCells,
  timeLines,
} from './lines';

type Table = { head: string[]; rows: string[][] };

function tablesOf(results: Results): Table[] {
  const tables: Table[] = [
    { head: TIME_HEAD, rows: timeLines(results).map(timeCells) },
    { head: MEMORY_HEAD, rows: results.memory.map(memoryCells) },
    { head: EVENTS_HEAD, rows: kindsOfShows(results.events).map(eventsCells) },
    ...[...results.budgets].map(([command, runs]) => ({
      head: BUDGET_HEAD,
      rows: budgetRows(command, runs),
    })),
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

/** For a terminal: columns as wide as they must be, numbers to the right. */
export function renderText(results: Results): string {
  return tablesOf(results).map(textTable).join('\n\n');
}

function textTable({ head, rows }: Table): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (row: string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return [head, widths.map((width) => '─'.repeat(width)), ...rows]
    .map((row) => line(row).trimEnd())
    .join('\n');
}

/** For docs/bench.md. */
export function renderMarkdown(results: Results): string {
  return tablesOf(results).map(markdownTable).join('\n\n');
}

function markdownTable({ head, rows }: Table): string {
  const line = (row: string[]): string => `| ${row.join(' | ')} |`;
  const bars = head.map((_, i) => (i === 0 ? '---' : '---:'));
  return [line(head), line(bars), ...rows.map(line)].join('\n');
}

/** The last line: what was judged. */
export function renderVerdict(results: Results, seconds: number): string {
  const judged = timeLines(results).filter(({ met }) => met !== null);
  const missed = judged.filter(({ met }) => !met);
  const goals = `${judged.length - missed.length} of ${judged.length} goals met`;
  const names = missed.length > 0 ? ` (missed: ${missed.map(({ id }) => id).join(', ')})` : '';
  return `bench: ${goals}${names}, ${results.wrong.length} wrong of ${results.checked} checked answers, ${Math.round(seconds)} s`;
}
