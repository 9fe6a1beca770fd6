import { offersCmaf, offersRtmp, type OutputMode } from '../../domain/output-mode';
import type { MediaTag } from '../contract';
import type { PartRecord, SegmentRecord } from '../timeline/types';

/** design.md section 2: without video for this long (media time), the first audio frame is enough. */
export const AUDIO_ONLY_AFTER_MS = 2_000;

/** Finds the moment when every output of the session's mode can be played. Tells it once. */
export class ViewableWatch {
  private needsRtmp: boolean;
  private needsCmaf: boolean;
  private videoHeader = false;
  private audioHeader = false;
  private firstMs: number | null = null;
  private state: 'waiting' | 'viewable' = 'waiting';

  constructor(
    mode: OutputMode,
    private readonly onViewable: () => void,
  ) {
    this.needsRtmp = offersRtmp(mode);
    this.needsCmaf = offersCmaf(mode);
  }

  onTag(tag: MediaTag): void {
    if (!this.needsRtmp || tag.kind === 'script') return;
    this.firstMs ??= tag.timestampMs;
    if (tag.isSequenceHeader) {
      if (tag.kind === 'video') this.videoHeader = true;
      else this.audioHeader = true;
      return;
    }
    const isPicture = tag.kind === 'video' && tag.isKeyFrame && this.videoHeader;
    const isSoundAlone =
      tag.kind === 'audio' &&
      this.audioHeader &&
      !this.videoHeader &&
      tag.timestampMs - this.firstMs >= AUDIO_ONLY_AFTER_MS;
    if (!isPicture && !isSoundAlone) return;
    this.needsRtmp = false;
    this.check();
  }

  /** A segment that has every rendition of its part. */
  onSegment(part: PartRecord, segment: SegmentRecord): void {
    if (!this.needsCmaf || !part.tracks.every((track) => segment.tracks[track.id])) return;
    this.needsCmaf = false;
    this.check();
  }

  private check(): void {
    if (this.state === 'viewable' || this.needsRtmp || this.needsCmaf) return;
    this.state = 'viewable';
    this.onViewable();
  }
}
