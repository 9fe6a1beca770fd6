import { randomBytes } from 'node:crypto';
import { isPathSafeId } from '../domain/ids';

const BOOT_ID_BYTES = 4;

/** Ids of one boot of one node: `<node>-<boot>-<number>`. They become part of paths and never repeat over restarts. */
export class SessionIds {
  private readonly prefix: string;
  private count = 0;

  constructor(
    readonly nodeId: string,
    private readonly previewNameOf: (sessionId: string) => string,
  ) {
    this.prefix = `${nodeId}-${randomBytes(BOOT_ID_BYTES).toString('hex')}`;
    const longest = `${this.prefix}-${Number.MAX_SAFE_INTEGER}`;
    if (!isPathSafeId(longest))
      throw new Error('a node id takes letters, digits and "-", and at most 38 of them');
  }

  next(): { sessionId: string; nodeId: string; previewName: string } {
    this.count += 1;
    const sessionId = `${this.prefix}-${this.count}`;
    return { sessionId, nodeId: this.nodeId, previewName: this.previewNameOf(sessionId) };
  }
}
