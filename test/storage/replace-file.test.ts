import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { replaceFile } from '../../src/storage/replace-file';

const REPLACEMENTS = 150;
const BYTES = 300_000;

/** Reads as fast as it can, in a thread of its own; tells how often, and what was not one whole content. */
const READER = `
  const { readFileSync } = require('node:fs');
  const { parentPort, workerData } = require('node:worker_threads');
  let reads = 0;
  const seen = new Set();
  const torn = [];
  let over = false;
  parentPort.on('message', () => (over = true));
  const read = () => {
    for (let i = 0; i < 20; i += 1) {
      const bytes = readFileSync(workerData.path);
      reads += 1;
      seen.add(bytes[0]);
      const whole = bytes.length === workerData.bytes && bytes.every((byte) => byte === bytes[0]);
      if (!whole && torn.length < 5) torn.push(bytes.length);
    }
    if (over) parentPort.postMessage({ reads, seen: seen.size, torn });
    else setImmediate(read);
  };
  parentPort.postMessage('reading');
  read();
`;

test('who reads while a file is replaced finds the old content or the new one, whole', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'showrunner-replace-'));
  const path = join(folder, 'master.m3u8');
  await replaceFile(path, Buffer.alloc(BYTES, 1));
  const reader = new Worker(READER, { eval: true, workerData: { path, bytes: BYTES } });
  try {
    await new Promise((resolve) => reader.once('message', resolve));
    for (let i = 0; i < REPLACEMENTS; i += 1) await replaceFile(path, Buffer.alloc(BYTES, i % 256));
    const told = new Promise((resolve) => reader.once('message', resolve));
    reader.postMessage('enough');
    const result = (await told) as { reads: number; seen: number; torn: number[] };
    expect(result.torn).toEqual([]);
    expect(result.seen).toBeGreaterThan(3);
  } finally {
    await reader.terminate();
    await rm(folder, { recursive: true, force: true });
  }
});
