import { chunkCount, type PlannedVideo } from './plan';

export interface LadderProgress {
  step: 'video' | 'join' | 'package';
  /** Which one is being made, from 1, and of how many: chunks, renditions or tracks. */
  chunk: number;
  chunks: number;
  /** Of all the work, 0...100, rising. */
  percent: number;
}

/** Encoding is nearly all of the work; copying is what is left. */
const VIDEO_PERCENT = 90;
const JOIN_PERCENT = 95;
const ALL_PERCENT = 100;

/** Tells what changes, and never goes back. */
export class LadderProgressMeter {
  private told: LadderProgress = { step: 'video', chunk: 0, chunks: 0, percent: -1 };

  constructor(
    private readonly plan: PlannedVideo | null,
    private readonly tell: (progress: LadderProgress) => void,
  ) {}

  video(chunk: number, frames: number): void {
    if (!this.plan) return;
    const chunks = chunkCount(this.plan);
    this.report('video', chunk, chunks, (frames / this.plan.totalFrames) * VIDEO_PERCENT);
  }

  joining(at: number, of: number): void {
    this.report('join', at, of, VIDEO_PERCENT + (at / of) * (JOIN_PERCENT - VIDEO_PERCENT));
  }

  packaging(at: number, of: number): void {
    this.report('package', at, of, JOIN_PERCENT + (at / of) * (ALL_PERCENT - JOIN_PERCENT));
  }

  finished(): void {
    this.report('package', Math.max(0, this.told.chunk - 1), Math.max(1, this.told.chunks), ALL_PERCENT);
  }

  private report(step: LadderProgress['step'], at: number, chunks: number, exact: number): void {
    const percent = Math.max(this.told.percent, Math.floor(exact));
    const progress = { step, chunk: at + 1, chunks, percent };
    const { told } = this;
    if (told.step === step && told.chunk === progress.chunk && told.percent === percent) return;
    this.told = progress;
    this.tell(progress);
  }
}
