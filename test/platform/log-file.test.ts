import { mkdtempSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { LogFile } from '../../src/launch/log-file';

const MORE_THAN_FITS_BYTES = 32 * 1024 * 1024 + 1;

describe('the log of a program', () => {
  const folder = () => mkdtempSync(join(process.env.SHOWRUNNER_TEST_RUN ?? '', 'log-'));
  const said: string[] = [];
  const open = (path: string) => new LogFile(path, (text) => said.push(text));
  beforeEach(() => void said.splice(0));

  it('takes lines, for its owner only', () => {
    const path = join(folder(), 'logs/media.log');
    const log = open(path);
    log.write('one');
    log.write('two');
    log.close();
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
    expect(statSync(path).mode & 0o077).toBe(0);
    expect(said).toEqual([]);
  });

  it('drops lines on a full disk, says so once, and goes on', () => {
    const log = open('/dev/full');
    for (const line of ['one', 'two', 'three']) log.write(line);
    log.close();
    expect(said).toEqual([
      '/dev/full can not be written (ENOSPC: no space left on device, write): lines are lost',
    ]);
  });

  it('keeps one old file', () => {
    const path = join(folder(), 'media.log');
    open(path).close();
    truncateSync(path, MORE_THAN_FITS_BYTES);
    const log = open(path);
    log.write('new');
    log.close();
    expect(readFileSync(path, 'utf8')).toBe('new\n');
    expect(statSync(`${path}.1`).size).toBe(MORE_THAN_FITS_BYTES);
    expect(said).toEqual([]);
  });
});
