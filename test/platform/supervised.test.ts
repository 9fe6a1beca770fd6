import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Supervised, type Program } from '../../src/launch/supervised';
import { identityOf } from '../../src/launch/process-identity';
import { until } from '../support/until';

const WAIT = { timeoutMs: 10_000 };

/** Whatever a failed test leaves would keep jest from ending. */
const spawned: ChildProcess[] = [];
afterEach(() => {
  for (const child of spawned.splice(0)) {
    for (const stream of [child.stdout, child.stderr]) stream?.destroy();
    child.kill('SIGKILL');
  }
});

function program(script: string): Program {
  return {
    name: 'thing',
    spawn: () => {
      const child = spawn(process.execPath, ['-e', script], {
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      spawned.push(child);
      return child;
    },
    ready: { line: /^ready/ },
    startTimeoutMs: 5_000,
    stopSignal: 'SIGTERM',
  };
}

const STAYS = 'console.log("ready"); setInterval(() => {}, 1000)';
const DEAF = `process.on('SIGTERM', () => {}); ${STAYS}`;

describe('a supervised program', () => {
  it('is started again when it dies, each time after a longer wait, and says so', async () => {
    const notices: string[] = [];
    const it = new Supervised(program(STAYS), { onNotice: (text) => notices.push(text) });
    await it.start();
    for (let deaths = 1; deaths <= 3; deaths += 1) {
      const pid = await until(() => it.pid, { ...WAIT, what: 'the program' });
      process.kill(pid, 'SIGKILL');
      await until(() => notices.length === 2 * deaths, { ...WAIT, what: 'its return' });
    }
    await it.stop(1_000);
    expect(notices.filter((text) => text.includes('died'))).toEqual([
      'thing died (ended by SIGKILL); starting it again in 0.2 s',
      'thing died (ended by SIGKILL); starting it again in 0.4 s',
      'thing died (ended by SIGKILL); starting it again in 0.8 s',
    ]);
    expect(notices.filter((text) => text === 'thing is back')).toHaveLength(3);
  });

  it('that may fail at first is tried again, as often as it says', async () => {
    const marker = join(mkdtempSync(join(tmpdir(), 'supervised-')), 'tried');
    const script = `const fs = require('fs');
      if (fs.existsSync('${marker}')) { ${STAYS} } else { fs.writeFileSync('${marker}', ''); process.exit(2); }`;
    const notices: string[] = [];
    const it = new Supervised(
      { ...program(script), startAttempts: 2 },
      { onNotice: (text) => notices.push(text) },
    );
    await it.start();
    expect(notices).toEqual(['thing did not start: exit code 2; trying again']);
    await it.stop(1_000);
  });

  it('that fails at its first start rejects with its last words, and is not tried again', async () => {
    let spawns = 0;
    const it = new Supervised(program('console.error("no such luck"); process.exit(3)'), {
      onSpawn: () => (spawns += 1),
    });
    await expect(it.start()).rejects.toThrow(/thing did not start: exit code 3\nno such luck/);
    expect(spawns).toBe(1);
    expect(it.pid).toBeNull();
  });

  it('that can not be spawned rejects', async () => {
    const missing = {
      ...program(''),
      spawn: () => spawn('/no/such/program', { stdio: ['ignore', 'pipe', 'pipe'] }),
    };
    await expect(new Supervised(missing).start()).rejects.toThrow(/ENOENT/);
  });

  it('that is never ready is ended', async () => {
    const it = new Supervised({ ...program('setInterval(() => {}, 1000)'), startTimeoutMs: 200 });
    await expect(it.start()).rejects.toThrow(/not ready after 200 ms/);
    expect(it.pid).toBeNull();
  });

  it('is killed at the deadline when it does not stop, children included', async () => {
    const lines: string[] = [];
    const script = `const c = require('node:child_process').spawn('sleep', ['100']); console.log('child ' + c.pid); ${DEAF}`;
    const it = new Supervised(program(script), { onLine: (line) => lines.push(line) });
    await it.start();
    const pid = it.pid ?? 0;
    const childPid = Number(lines.find((line) => line.startsWith('child'))?.split(' ')[1]);
    expect(identityOf(childPid)).not.toBeNull();
    await it.stop(100);
    await until(() => !identityOf(pid) && !identityOf(childPid), { ...WAIT, what: 'the end of both' });
  });

  it('leaves no children when it is killed itself', async () => {
    const lines: string[] = [];
    const script = `const c = require('node:child_process').spawn('sleep', ['100']); console.log('child ' + c.pid); ${STAYS}`;
    const it = new Supervised(program(script), { onLine: (line) => lines.push(line) });
    await it.start();
    const childPid = Number(lines.find((line) => line.startsWith('child'))?.split(' ')[1]);
    process.kill(it.pid ?? 0, 'SIGKILL');
    await until(() => !identityOf(childPid), { ...WAIT, what: 'the end of its child' });
    await it.stop(1_000);
  });

  it('stopped while it waits for its restart stays stopped', async () => {
    const notices: string[] = [];
    const it = new Supervised(program(STAYS), { onNotice: (text) => notices.push(text) });
    await it.start();
    process.kill(it.pid ?? 0, 'SIGKILL');
    await until(() => notices.length === 1, { ...WAIT, what: 'its death' });
    await it.stop(1_000);
    await it.start();
    expect(notices).toHaveLength(1);
    await it.stop(1_000);
    expect(it.pid).toBeNull();
  });
});
