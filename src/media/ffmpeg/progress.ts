/** Reads `-progress` output: `key=value` lines. Reports `out_time_us` whenever it rises. */
export class ProgressReader {
  private rest = '';
  outTimeMs = -Infinity;

  constructor(private readonly onAdvance: (outTimeMs: number) => void) {}

  push(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = (lines.pop() ?? '').slice(-MAX_LINE_CHARS);
    for (const line of lines) {
      const at = line.indexOf('=');
      if (line.slice(0, at) !== 'out_time_us') continue;
      const outTimeMs = Number(line.slice(at + 1)) / 1000;
      if (!(outTimeMs > this.outTimeMs)) continue;
      this.outTimeMs = outTimeMs;
      this.onAdvance(outTimeMs);
    }
  }
}

/** A progress line is a few dozen characters; what has no end is not one. */
const MAX_LINE_CHARS = 4096;
