import { randomBytes } from 'node:crypto';
import { isPathSafeId } from '../domain/ids';

const BOOT_ID_BYTES = 4;
/** 128 bits: a preview name is all that protects the preview. */
const PREVIEW_NAME_BYTES = 16;

/** Ids of one boot of one node: `<node>-<boot>-<number>`. They become part of paths and never repeat over restarts. */
export class SessionIds {
  private readonly prefix: string;
  private count = 0;

  constructor(readonly nodeId: string) {
    this.prefix = `${nodeId}-${randomBytes(BOOT_ID_BYTES).toString('hex')}`;
    const longest = `${this.prefix}-${Number.MAX_SAFE_INTEGER}`;
    if (!isPathSafeId(longest))
      throw new Error('a node id takes letters, digits and "-", and at most 38 of them');
  }

  next(): { sessionId: string; nodeId: string; previewName: string } {
    this.count += 1;
    const previewName = randomBytes(PREVIEW_NAME_BYTES).toString('hex');
    return { sessionId: `${this.prefix}-${this.count}`, nodeId: this.nodeId, previewName };
  }
}
