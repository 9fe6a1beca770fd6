import { open, rename, rm } from 'node:fs/promises';
import { encodeTag, FlvReader } from '../../../src/media/flv';
import type { TimelineIndex } from '../../../src/media/timeline/types';
import type { StorageLayout } from '../../../src/storage/layout';

/**
 * Makes the second of two recorded sessions a later part of the first one: its tags, headers too, behind the first's,
 * from `atMs` on the first's clock. An encoder that changes its picture without connecting anew does that.
 */
export async function mergeSessions(
  layout: StorageLayout,
  index: TimelineIndex,
  atMs: number,
): Promise<void> {
  const [first, second] = index.parts;
  const raw = await open(layout.rawRecording(first!.sessionId), 'a');
  const reader = await FlvReader.open(layout.rawRecording(second!.sessionId));
  try {
    for await (const tag of reader.tags()) {
      if (tag.kind !== 'script')
        await raw.appendFile(encodeTag({ ...tag, timestampMs: tag.timestampMs + atMs }));
    }
  } finally {
    await reader.close();
    await raw.close();
  }
  await rename(layout.partDir(second!.sessionId, 0), layout.partDir(first!.sessionId, 1));
  await rm(layout.sessionDir(second!.sessionId), { recursive: true });
  Object.assign(second!, { sessionId: first!.sessionId, sessionPart: 1, sessionStartMs: atMs });
}
