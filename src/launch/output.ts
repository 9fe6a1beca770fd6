import type { Readable } from 'node:stream';

/** A line longer than this is cut: nobody may fill our memory by never ending one. */
const MAX_LINE_CHARS = 64 * 1024;

/** Calls `onLine` for each line of a stream, the unfinished last one included. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
    if (rest.length > MAX_LINE_CHARS) {
      onLine(rest);
      rest = '';
    }
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
    rest = '';
  });
}
