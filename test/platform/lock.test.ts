import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDataFolder } from '../../src/launch/lock';
import { PidFiles } from '../../src/launch/pid-files';
import { identityOf, isRunning } from '../../src/launch/process-identity';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'showrunner-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const refuseStale = (pid: number) => {
  throw new Error(`${pid} was taken for dead`);
};
const file = () => join(folder, 'supervisor.lock');

describe('the lock of the data folder', () => {
  it('refuses a second start while the first one runs, and can be given back', () => {
    const unlock = lockDataFolder(folder, refuseStale);
    expect(() => lockDataFolder(folder, refuseStale)).toThrow(
      `already runs on ${folder} (pid ${process.pid})`,
    );
    unlock();
    lockDataFolder(folder, refuseStale)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['of a process that is gone', JSON.stringify({ pid: 4_194_303, startedAt: 'x' })],
    ['whose pid another process has now', JSON.stringify({ pid: process.pid, startedAt: 'another boot:1' })],
    ['that was cut off while it was written', '{"pid":'],
  ])('takes over a lock %s', (_what, content) => {
    writeFileSync(file(), content);
    const stale: number[] = [];
    const unlock = lockDataFolder(folder, (pid) => stale.push(pid));
    expect(stale).toHaveLength(1);
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual(identityOf(process.pid));
    unlock();
  });
});

describe('notes of started processes', () => {
  it('find and end what a killed start left, and nothing else', async () => {
    const left = spawn('sleep', ['100'], { detached: true });
    const stranger = spawn('sleep', ['100']);
    const [leftPid, strangerPid] = [left.pid ?? 0, stranger.pid ?? 0];
    try {
      const pids = new PidFiles(join(folder, 'run'));
      pids.write('postgres', leftPid, 'SIGTERM');
      const reused = {
        name: 'temporal',
        pid: strangerPid,
        startedAt: 'another boot:1',
        stopSignal: 'SIGTERM',
      };
      writeFileSync(join(folder, 'run', 'temporal.json'), JSON.stringify(reused));
      const before = identityOf(leftPid);
      const found: string[] = [];
      await pids.endOrphans((name) => found.push(name));
      expect(found).toEqual(['postgres']);
      expect(before && isRunning(before)).toBe(false);
      expect(identityOf(strangerPid)).not.toBeNull();
      expect(readdirSync(join(folder, 'run'))).toEqual([]);
    } finally {
      left.kill('SIGKILL');
      stranger.kill('SIGKILL');
    }
  });
});
