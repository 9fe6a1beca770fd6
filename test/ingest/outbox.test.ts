import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Tell } from '../../src/ingest/contract';
import { Outbox } from '../../src/ingest/outbox';
import { until } from '../support/until';

const SOON = { timeoutMs: 3_000 };

const unpublish = (streamKeyId: number, sessionId: string): Tell => ({
  kind: 'unpublish',
  key: { appId: 1, memberId: 2, streamKeyId },
  message: { sessionId, epoch: 3, reason: 'connection_lost' },
});

/** The control plane's end of it: takes tells while `up`. */
class Receiver {
  up = true;
  tries = 0;
  readonly got: string[] = [];
  tell = async (tell: Tell): Promise<void> => {
    this.tries += 1;
    if (!this.up) throw new Error('away');
    this.got.push(tell.message.sessionId);
  };
}

describe('the outbox', () => {
  let dir: string;
  let receiver: Receiver;
  const opened: Outbox[] = [];
  const open = async () => {
    const outbox = new Outbox({ dir, controlPlane: receiver, log: pino({ level: 'silent' }) });
    await outbox.open();
    opened.push(outbox);
    return outbox;
  };
  const files = () => readdir(dir);
  beforeEach(async () => {
    dir = join(await mkdtemp(join(tmpdir(), 'showrunner-outbox-')), 'outbox');
    receiver = new Receiver();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((outbox) => outbox.close()));
    await rm(join(dir, '..'), { recursive: true, force: true });
  });

  test('delivers at once and leaves nothing behind', async () => {
    const outbox = await open();
    await outbox.put(unpublish(1, 'a'));
    await until(() => receiver.got.length === 1, { ...SOON, what: 'the tell' });
    await until(async () => (await files()).length === 0, { ...SOON, what: 'an empty folder' });
    expect(outbox.size).toBe(0);
  });

  test('keeps order per key while the control plane is away, also over a restart, and takes new tells behind old ones', async () => {
    receiver.up = false;
    const before = await open();
    for (const sessionId of ['a', 'b', 'c']) await before.put(unpublish(1, sessionId));
    await before.put(unpublish(2, 'x'));
    await before.close();
    expect(await files()).toHaveLength(4);
    expect(receiver.got).toEqual([]);

    const after = await open();
    await after.put(unpublish(1, 'd'));
    // A tell that took the number of one that waits would replace it on disk.
    expect(await files()).toHaveLength(5);
    receiver.up = true;
    expect(await after.deliverPending(1, 3_000)).toBe(true);
    expect(receiver.got.filter((sessionId) => sessionId !== 'x')).toEqual(['a', 'b', 'c', 'd']);
    expect(await after.deliverAll(3_000)).toBe(true);
    await until(async () => (await files()).length === 0, { ...SOON, what: 'an empty folder' });
  });

  test('deliverPending says no when its time is up, and tries at once instead of waiting for a retry', async () => {
    receiver.up = false;
    const outbox = await open();
    await outbox.put(unpublish(1, 'a'));
    expect(await outbox.deliverPending(1, 100)).toBe(false);
    expect(await outbox.deliverPending(2, 100)).toBe(true);
    // By now the next retry is far away.
    await until(() => receiver.tries >= 4, { ...SOON, what: 'some retries' });
    receiver.up = true;
    expect(await outbox.deliverPending(1, 300)).toBe(true);
  });

  test('one key that can not be told holds up no other', async () => {
    const outbox = await open();
    receiver.tell = async (tell) => {
      if (tell.key.streamKeyId === 1) throw new Error('never');
      receiver.got.push(tell.message.sessionId);
    };
    void outbox.put(unpublish(1, 'a'));
    void outbox.put(unpublish(2, 'b'));
    expect(await outbox.deliverPending(2, 1_000)).toBe(true);
    expect(receiver.got).toEqual(['b']);
  });

  test('a half-written file is dropped, an unreadable one set aside, the rest delivered', async () => {
    receiver.up = false;
    const before = await open();
    await before.put(unpublish(1, 'a'));
    await before.close();
    await writeFile(join(dir, '000000000002.json'), '{"kind":"unpub');
    await writeFile(join(dir, '000000000003.json.tmp'), '{');
    receiver.up = true;
    const after = await open();
    expect(await after.deliverAll(1_000)).toBe(true);
    await until(async () => (await files()).join() === '000000000002.json.broken', {
      ...SOON,
      what: 'the rest',
    });
    expect(receiver.got).toEqual(['a']);
  });

  test('writes nothing of a key beside its identity', async () => {
    receiver.up = false;
    const outbox = await open();
    const tell = unpublish(1, 'a');
    await outbox.put({
      ...tell,
      key: { ...tell.key, keyMode: null, secret: 'hidden' } as Tell['key'],
    } as Tell);
    const text = await readFile(join(dir, (await files())[0]!), 'utf8');
    expect(JSON.parse(text)).toEqual(tell);
  });
});
