import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Row } from './row';

export const ROOT = join(__dirname, '..', '..');

/** Files that git knows or would take; a file that was deleted but not yet committed is none. */
export function filesOfTree(): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return [...new Set(listed.split('\0'))].filter((file) => file !== '' && existsSync(join(ROOT, file)));
}

/** Why a patch can not be applied to a file's text; null where it can. */
export function misfit({ suite, file, find, replace }: Row, text: string | null): string | null {
  const complain = (why: string) => `the patch for ${suite} does not fit any more: ${why}`;
  if (text === null) return complain(`there is no ${file}`);
  const times = text.split(find).length - 1;
  if (times !== 1) return complain(`its text occurs ${times} times in ${file}, not once`);
  return find === replace ? complain('it changes nothing') : null;
}

/** The working tree in a folder of its own. Patches go in and out of it; the tree itself is never touched. */
export class Copy {
  readonly dir = mkdtempSync(join(tmpdir(), 'showrunner-red-'));
  private readonly originals = new Map<string, string>();

  constructor() {
    for (const file of filesOfTree()) {
      mkdirSync(join(this.dir, dirname(file)), { recursive: true });
      cpSync(join(ROOT, file), join(this.dir, file));
    }
    // A link, since nothing is written there; a build that is up to date need not be made again.
    symlinkSync(join(ROOT, 'node_modules'), join(this.dir, 'node_modules'));
    if (existsSync(join(ROOT, 'dist')))
      cpSync(join(ROOT, 'dist'), join(this.dir, 'dist'), { recursive: true });
  }

  apply(row: Row): void {
    const path = join(this.dir, row.file);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : null;
    const wrong = misfit(row, text);
    if (wrong || text === null) throw new Error(wrong ?? row.file);
    if (!this.originals.has(row.file)) this.originals.set(row.file, text);
    // As a function, since `$` means something in a replacement text.
    writeFileSync(
      path,
      text.replace(row.find, () => row.replace),
    );
  }

  restore(): void {
    for (const [file, text] of this.originals) writeFileSync(join(this.dir, file), text);
    this.originals.clear();
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
