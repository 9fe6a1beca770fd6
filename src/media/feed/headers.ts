import type { MediaTag } from '../contract';
import { isOnMetaData, unwrapSetDataFrame } from '../flv';

/** What a decoder must have before any frame: onMetaData and the sequence headers, the newest of each. */
export class StreamHeaders {
  private script: MediaTag | null = null;
  private video: MediaTag | null = null;
  private audio: MediaTag | null = null;

  /** True for tags that belong here instead of into the flow of frames. */
  static isHeader(tag: MediaTag): boolean {
    return tag.kind === 'script' ? isOnMetaData(tag.payload) : tag.isSequenceHeader;
  }

  /**
   * Keeps the header. Returns it as viewers get it (onMetaData bare), or null when it says nothing new:
   * some encoders repeat their headers with every key frame, and players would start over each time.
   */
  keep(tag: MediaTag): MediaTag | null {
    const clean =
      tag.kind === 'script' ? { ...tag, timestampMs: 0, payload: unwrapSetDataFrame(tag.payload) } : tag;
    if (this[tag.kind]?.payload.equals(clean.payload)) return null;
    this[tag.kind] = clean;
    return clean;
  }

  /**
   * In sending order. Sequence headers get the timestamp of the frame they precede; onMetaData always 0, since
   * ffmpeg takes any later one for a new subtitle stream (and ffprobe 5.1 crashes over it).
   */
  at(timestampMs: number): MediaTag[] {
    const sequenceHeaders = [this.video, this.audio].flatMap((tag) => (tag ? [{ ...tag, timestampMs }] : []));
    return this.script ? [this.script, ...sequenceHeaders] : sequenceHeaders;
  }

  clear(): void {
    this.script = this.video = this.audio = null;
  }
}
