import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** One old file is kept beside the present one, so logs of a program take at most twice this. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** The log of one program: lines appended, turned over at a size. */
export class LogFile {
  private file: number;
  private bytes: number;
  private complained = false;

  /** `onTrouble` is told once, the first time that a line can not be written. */
  constructor(
    private readonly path: string,
    private readonly onTrouble: (text: string) => void,
  ) {
    mkdirSync(dirname(path), { recursive: true });
    this.file = openSync(path, 'a', 0o600);
    this.bytes = fstatSync(this.file).size;
  }

  /** Never throws: a show on air is worth more than its log. A line that does not fit on the disk is dropped. */
  write(line: string): void {
    try {
      if (this.bytes > MAX_FILE_BYTES) this.turnOver();
      this.bytes += writeSync(this.file, `${line}\n`);
    } catch (error) {
      if (this.complained) return;
      this.complained = true;
      this.onTrouble(`${this.path} can not be written (${(error as Error).message}): lines are lost`);
    }
  }

  close(): void {
    closeSync(this.file);
  }

  /** Where it fails, the old file stays in use, and the next try comes after as many bytes again. */
  private turnOver(): void {
    this.bytes = 0;
    if (existsSync(this.path)) renameSync(this.path, `${this.path}.1`);
    const next = openSync(this.path, 'a', 0o600);
    closeSync(this.file);
    this.file = next;
  }
}
