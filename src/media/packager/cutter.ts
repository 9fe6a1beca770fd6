import { LIVE_SEGMENT_SECONDS } from '../../domain/live-profile';
import type { Fragment } from '../mp4/fragment';
import { splitAudioFragment } from '../mp4/split-audio';

/** A key frame this early still counts as on the grid: FLV's clock is in whole milliseconds, and jitters. */
export const GRID_TOLERANCE_MS = 40;
export const FIRST_SEGMENT_MS = 1_000;
export const SEGMENT_MS = LIVE_SEGMENT_SECONDS * 1_000;
/** Copied video without a key frame for this long is cut anyway: the recording must not wait for an endless GOP. */
export const MAX_SEGMENT_MS = 12_000;
/** A track that is this far behind in media, and sent nothing for the time below, is silent: others don't wait for it. */
export const SILENT_LAG_MS = 4_000;
export const SILENT_WALL_MS = 3_000;
/** What may be held for a slower track, whatever the clocks say. */
export const MAX_HELD_BYTES = 16 * 1024 * 1024;
/** Records hold whole milliseconds: a cut must not be rounded to before what was asked for. */
const ROUNDING_MS = 0.5;
/** Audio ends within half an AAC frame of a cut. */
const AUDIO_TOLERANCE_MS = 25;

export interface CutTrack {
  kind: 'video' | 'audio';
  /** Units per second; set before the track's first fragment. */
  timescale: number;
}

/** What the cutter decides, in order. */
export type CutStep =
  | { type: 'append'; segment: number; track: number; fragment: Fragment }
  | { type: 'complete'; segment: number; startMs: number; endMs: number };

interface TrackState extends CutTrack {
  /** The segment that its next fragment belongs to. */
  segment: number;
  /** End of its newest fragment, placed or held. */
  endMs: number;
  placedEndMs: number;
  seenAtMs: number;
  held: Fragment[];
  heldBytes: number;
  /** Came too late for what was told meanwhile: nothing of it counts up to its next key frame. */
  tooLate: boolean;
}

/**
 * Decides where segments begin, for all tracks of a part together: the first 1 s long, then every 2 s, at key frames of the
 * lead track (the first video, else audio). The others follow its cuts; audio is split at the sample. Pure: no clock, no I/O.
 */
export class Cutter {
  private readonly tracks: TrackState[];
  private readonly lead: number;
  /** Start of each segment. */
  private readonly cutsMs: number[] = [];
  /** Where the grid begins: the first cut, or the last one that was asked for. */
  private originMs = 0;
  private askedMs: number | null = null;
  private completed = 0;
  private state: 'cutting' | 'finished' = 'cutting';
  private nowMs = 0;

  constructor(tracks: CutTrack[]) {
    this.tracks = tracks.map((track) => ({
      ...track,
      segment: 0,
      endMs: -Infinity,
      placedEndMs: -Infinity,
      seenAtMs: 0,
      held: [],
      heldBytes: 0,
      tooLate: false,
    }));
    this.lead = Math.max(
      0,
      tracks.findIndex((track) => track.kind === 'video'),
    );
  }

  setTimescale(track: number, timescale: number): void {
    this.at(track).timescale = timescale;
  }

  /**
   * Asks for a cut at the first key frame at or after `atMs`; the grid begins anew there, with a 1 s segment. So the first
   * segment of a broadcast is complete 2 s after its go-live mark (key frames are 1 s apart), not 4.
   */
  cutAt(atMs: number): void {
    this.askedMs = atMs;
  }

  /** Takes a track's next fragment. `nowMs` is any monotonic clock. */
  push(index: number, fragment: Fragment, nowMs: number): CutStep[] {
    const track = this.at(index);
    this.nowMs = nowMs;
    track.seenAtMs = nowMs;
    track.endMs = Math.max(track.endMs, endMs(track, fragment));
    const steps: CutStep[] = [];
    if (this.isTooLate(track, fragment)) return steps;
    if (index === this.lead) this.placeLead(track, fragment, steps);
    else {
      track.held.push(fragment);
      track.heldBytes += fragment.mdat.length;
    }
    this.settle(steps);
    return steps;
  }

  /**
   * A track that was silent may come back with what lies before the segments that were told without it (ffmpeg fills a hole
   * with the last picture, afterwards): it would stand in the wrong segment, and is left out.
   */
  private isTooLate(track: TrackState, fragment: Fragment): boolean {
    const openFromMs = this.completed === 0 ? -Infinity : (this.cutsMs[this.completed] ?? -Infinity);
    if (endMs(track, fragment) <= openFromMs) track.tooLate = true;
    else if (track.kind === 'audio' || fragment.startsWithSync) track.tooLate = false;
    return track.tooLate;
  }

  /** No fragment comes any more: everything held is placed and every segment completed. */
  finish(): CutStep[] {
    const steps: CutStep[] = [];
    this.state = 'finished';
    this.settle(steps);
    return steps;
  }

  private placeLead(lead: TrackState, fragment: Fragment, steps: CutStep[]): void {
    let rest: Fragment | null = fragment;
    while (rest) {
      const startMs = (rest.start / lead.timescale) * 1000;
      if (this.cutsMs.length === 0) this.beginGrid(startMs);
      else if (this.isAskedCut(lead, rest, startMs)) this.beginGrid(startMs);
      else if (this.leadCutsAt(lead, rest, startMs)) this.cutsMs.push(startMs);
      lead.segment = this.cutsMs.length - 1;
      const gridMs = this.nextGridMs();
      let part: Fragment | null = rest;
      let after: Fragment | null = null;
      // Audio that leads has no key frames to wait for: it is cut at the sample on the grid.
      if (lead.kind === 'audio' && endMs(lead, rest) > gridMs) {
        [part, after] = splitAudioFragment(rest, (gridMs / 1000) * lead.timescale);
        // Long samples (8 kHz) may start further from the grid than the tolerance, and still have it in their first half:
        // then nothing can be split off, and the whole fragment stays. Without this the loop would not end.
        if (!part) [part, after] = [rest, null];
      }
      if (part) this.append(this.lead, part, steps);
      rest = after;
    }
  }

  private beginGrid(atMs: number): void {
    this.originMs = atMs;
    if (this.cutsMs[this.cutsMs.length - 1] !== atMs) this.cutsMs.push(atMs);
  }

  private isAskedCut(lead: TrackState, fragment: Fragment, startMs: number): boolean {
    if (this.askedMs === null || startMs < this.askedMs + ROUNDING_MS) return false;
    if (lead.kind === 'video' && !fragment.startsWithSync) return false;
    this.askedMs = null;
    return true;
  }

  private leadCutsAt(lead: TrackState, fragment: Fragment, startMs: number): boolean {
    const beganMs = this.cutsMs[this.cutsMs.length - 1] ?? startMs;
    if (startMs - beganMs >= MAX_SEGMENT_MS) return true;
    return (
      startMs >= this.nextGridMs() - GRID_TOLERANCE_MS && (lead.kind === 'audio' || fragment.startsWithSync)
    );
  }

  /** The first grid line behind the newest cut. */
  private nextGridMs(): number {
    const newest = (this.cutsMs[this.cutsMs.length - 1] ?? 0) + GRID_TOLERANCE_MS;
    const line = Math.floor((newest - this.originMs - FIRST_SEGMENT_MS) / SEGMENT_MS) + 1;
    return this.originMs + FIRST_SEGMENT_MS + Math.max(0, line) * SEGMENT_MS;
  }

  private settle(steps: CutStep[]): void {
    const lead = this.at(this.lead);
    const leadless = this.isSilent(lead);
    if (leadless && this.state === 'cutting') this.cutWithoutLead();
    const horizonMs = this.state === 'finished' || leadless ? Infinity : lead.endMs;
    this.tracks.forEach((track, index) => {
      if (index !== this.lead) this.placeHeld(track, index, horizonMs, steps);
    });
    this.complete(steps);
  }

  /** The lead is silent: cuts go on at the grid, so that the others' segments do too. */
  private cutWithoutLead(): void {
    const others = this.tracks.filter((track, index) => index !== this.lead && track.held.length > 0);
    for (const track of others) {
      const first = track.held[0];
      if (first && this.cutsMs.length === 0) this.beginGrid((first.start / track.timescale) * 1000);
    }
    const reachedMs = Math.max(...this.tracks.map((track) => track.endMs));
    while (this.nextGridMs() <= reachedMs) this.cutsMs.push(this.nextGridMs());
  }

  private placeHeld(track: TrackState, index: number, horizonMs: number, steps: CutStep[]): void {
    if (this.cutsMs.length === 0 && this.state === 'finished') this.cutAtFirstHeld(track);
    while (this.cutsMs.length > 0) {
      const fragment = track.held[0];
      if (!fragment || endMs(track, fragment) > horizonMs) return;
      track.held.shift();
      track.heldBytes -= fragment.mdat.length;
      this.place(track, index, fragment, steps);
    }
  }

  private cutAtFirstHeld(track: TrackState): void {
    const first = track.held[0];
    if (first) this.beginGrid((first.start / track.timescale) * 1000);
  }

  private place(track: TrackState, index: number, fragment: Fragment, steps: CutStep[]): void {
    let rest: Fragment | null = fragment;
    track.segment = Math.max(track.segment, this.completed);
    while (rest) {
      const cutMs = this.cutsMs[track.segment + 1];
      let part: Fragment | null = rest;
      let after: Fragment | null = null;
      if (cutMs !== undefined) {
        const early = (rest.start / track.timescale) * 1000 < cutMs - GRID_TOLERANCE_MS;
        if (track.kind === 'audio')
          [part, after] = splitAudioFragment(rest, (cutMs / 1000) * track.timescale);
        else if (!early) [part, after] = [null, rest];
      }
      if (part) this.append(index, part, steps);
      if (after) track.segment += 1;
      rest = after;
    }
  }

  private append(index: number, fragment: Fragment, steps: CutStep[]): void {
    const track = this.at(index);
    track.segment = Math.max(track.segment, this.completed);
    track.placedEndMs = endMs(track, fragment);
    steps.push({ type: 'append', segment: track.segment, track: index, fragment });
  }

  private complete(steps: CutStep[]): void {
    for (;;) {
      const startMs = this.cutsMs[this.completed];
      if (startMs === undefined) return;
      const next = this.cutsMs[this.completed + 1];
      if (next === undefined && this.state === 'cutting') return;
      const isPast = (track: TrackState): boolean =>
        track.segment > this.completed ||
        this.isSilent(track) ||
        track.placedEndMs >= (next ?? 0) - AUDIO_TOLERANCE_MS;
      if (this.state === 'cutting' && !this.tracks.every(isPast)) return;
      const reachedMs = Math.max(...this.tracks.map((track) => track.placedEndMs));
      steps.push({
        type: 'complete',
        segment: this.completed,
        startMs,
        endMs: next ?? Math.max(startMs, reachedMs),
      });
      this.completed += 1;
    }
  }

  private isSilent(track: TrackState): boolean {
    if (this.state === 'finished') return true;
    const others = this.tracks.filter((other) => other !== track);
    const startedMs = Math.min(...this.tracks.map((one) => firstHeldMs(one)));
    const reachedMs = Math.max(...others.map((other) => other.endMs));
    const lagMs = reachedMs - (Number.isFinite(track.endMs) ? track.endMs : startedMs);
    if (!(lagMs > SILENT_LAG_MS)) return false;
    const heldBytes = others.reduce((sum, other) => sum + other.heldBytes, 0);
    return this.nowMs - track.seenAtMs > SILENT_WALL_MS || heldBytes > MAX_HELD_BYTES;
  }

  private at(index: number): TrackState {
    const track = this.tracks[index];
    if (!track) throw new Error(`the packager has no track ${index}`);
    return track;
  }
}

const endMs = (track: CutTrack, fragment: Fragment): number =>
  ((fragment.start + fragment.duration) / track.timescale) * 1000;

const firstHeldMs = (track: TrackState): number => {
  const first = track.held[0];
  return first ? (first.start / track.timescale) * 1000 : Infinity;
};
