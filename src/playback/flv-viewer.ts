import type { ServerResponse } from 'node:http';
import type { MediaTag, ViewerSink } from '../media/contract';
import { encodedTag } from '../media/feed';
import { flvFileHeader, type FlvTracks } from '../media/flv';
import { FLV_LINGER_MS } from './limits';

/**
 * One HTTP-FLV viewer: tags into a chunked response. The file header says which tracks follow, so it waits, with
 * metadata and sequence headers, for the first frame: by then it is known what the stream has.
 */
export class FlvViewer implements ViewerSink {
  private preamble: MediaTag[] | null = [];
  private corked = false;
  private state: 'open' | 'closed' = 'open';

  constructor(private readonly res: ServerResponse) {}

  send(tag: MediaTag): number {
    if (this.state === 'closed') return 0;
    if (this.preamble) {
      this.preamble.push(tag);
      if (tag.kind === 'script' || tag.isSequenceHeader) return 0;
      this.begin(this.preamble);
      this.preamble = null;
    } else {
      this.write(encodedTag(tag));
    }
    return this.res.writableLength;
  }

  /** Safe twice. */
  close(why: 'ended' | 'too_slow' | 'idle' | 'refused'): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    // Ending politely would keep a slow viewer's queue in memory for as long as it likes; and who may not watch gets no rest.
    if (why === 'too_slow' || why === 'refused') {
      this.res.destroy();
      return;
    }
    this.res.end();
    const linger = setTimeout(() => this.res.destroy(), FLV_LINGER_MS);
    this.res.once('close', () => clearTimeout(linger));
  }

  private begin(preamble: readonly MediaTag[]): void {
    const tracks: FlvTracks = { audio: false, video: false };
    for (const tag of preamble) if (tag.kind !== 'script') tracks[tag.kind] = true;
    this.write(flvFileHeader(tracks));
    for (const tag of preamble) this.write(encodedTag(tag));
  }

  /** What is written in one turn of the event loop leaves in one system call: fan-out costs are per write. */
  private write(bytes: Buffer): void {
    if (!this.corked) {
      this.corked = true;
      this.res.cork();
      setImmediate(() => {
        this.corked = false;
        this.res.uncork();
      });
    }
    this.res.write(bytes);
  }
}
