import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** One old file is kept beside the present one, so logs of a program take at most twice this. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** The log of one program: lines appended, turned over at a size. */
export class LogFile {
  private file: number;
  private bytes: number;

  constructor(private readonly path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.file = openSync(path, 'a', 0o600);
    this.bytes = fstatSync(this.file).size;
  }

  write(line: string): void {
    if (this.bytes > MAX_FILE_BYTES) this.turnOver();
    this.bytes += writeSync(this.file, `${line}\n`);
  }

  close(): void {
    closeSync(this.file);
  }

  private turnOver(): void {
    closeSync(this.file);
    renameSync(this.path, `${this.path}.1`);
    this.file = openSync(this.path, 'a', 0o600);
    this.bytes = 0;
  }
}
