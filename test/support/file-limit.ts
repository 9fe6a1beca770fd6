import { open, type FileHandle } from 'node:fs/promises';

/**
 * While `work` runs, no file can be appended to beyond `bytes`: what fits is written, then it fails with ENOSPC, as on a full disk.
 * All other writing goes on.
 */
export async function withFilesUpTo(bytes: number, work: () => Promise<unknown>): Promise<void> {
  const handle = await open('/dev/null', 'a');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const { appendFile } = prototype;
  const full = jest.spyOn(prototype, 'appendFile').mockImplementation(async function (
    this: FileHandle,
    data,
  ) {
    const content = Buffer.from(data as Buffer);
    const room = Math.max(0, bytes - (await this.stat()).size);
    await appendFile.call(this, content.subarray(0, room));
    if (room < content.length) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
  });
  try {
    await work();
  } finally {
    full.mockRestore();
  }
}
