import { pino } from 'pino';

/** Where the supervisor talks to whoever started it. */
export interface Terminal {
  say(text: string): void;
}

const WARN_LEVEL = pino.levels.values.warn ?? 40;

interface LogLine {
  level?: unknown;
  msg?: unknown;
  err?: { message?: unknown };
}

/**
 * A role's log line as one line for the terminal: warnings and worse, and what is no log line at all (a crash of Node
 * itself). Null for the rest, which is in the log file only.
 */
export function forTerminal(role: string, line: string): string | null {
  if (line.trim() === '') return null;
  let entry: LogLine;
  try {
    entry = JSON.parse(line) as LogLine;
  } catch {
    return `[${role}] ${line}`;
  }
  if (typeof entry !== 'object' || entry === null || typeof entry.level !== 'number')
    return `[${role}] ${line}`;
  if (entry.level < WARN_LEVEL) return null;
  const level = pino.levels.labels[entry.level] ?? 'warn';
  const cause = typeof entry.err?.message === 'string' ? `: ${entry.err.message.split('\n')[0]}` : '';
  return `[${role}] ${level} ${typeof entry.msg === 'string' ? entry.msg : ''}${cause}`;
}
