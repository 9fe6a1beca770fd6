import type { MediaTag, ViewerSink } from '../../../src/media/contract';
import { encodedTag } from '../../../src/media/feed';
import { flvFileHeader } from '../../../src/media/flv';

/** A viewer that keeps what it gets, and that can be as slow as a test wants. */
export class Collector implements ViewerSink {
  tags: MediaTag[] = [];
  closed: string | null = null;
  /** What `send` answers. */
  queuedBytes: (tag: MediaTag) => number = () => 0;

  send(tag: MediaTag): number {
    this.tags.push(tag);
    return this.queuedBytes(tag);
  }

  close(why: string): void {
    if (this.closed) throw new Error('closed twice');
    this.closed = why;
  }

  /** Frames, without headers and script. */
  get frames(): MediaTag[] {
    return this.tags.filter((tag) => tag.kind !== 'script' && !tag.isSequenceHeader);
  }

  /** A short picture of the order: s script, V/A headers, K key frame, v/a frames. */
  get shape(): string {
    return this.tags.map(letter).join('');
  }

  flv(): Buffer {
    return Buffer.concat([flvFileHeader({ audio: true, video: true }), ...this.tags.map(encodedTag)]);
  }
}

function letter(tag: MediaTag): string {
  if (tag.kind === 'script') return 's';
  if (tag.isSequenceHeader) return tag.kind === 'video' ? 'V' : 'A';
  if (tag.isKeyFrame) return 'K';
  return tag.kind === 'video' ? 'v' : 'a';
}
