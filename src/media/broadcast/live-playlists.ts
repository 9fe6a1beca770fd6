import { join } from 'node:path';
import { renderMpd } from '../dash/mpd';
import { renderMaster } from '../hls/master';
import { renderMedia } from '../hls/media';
import { INIT_FILE } from '../packager/segment-files';
import type { StorageLayout } from '../../storage/layout';
import type { LiveIndex, LiveView } from '../timeline/live-index';
import type { PartRecord } from '../timeline/types';
import { isPathSafeId } from '../../domain/ids';

/** design.md section 7: the first playlist request waits this long for the first public segment. */
const FIRST_SEGMENT_WAIT_MS = 3_000;
const SEGMENT_NAME = /^\d{5,10}\.m4s$/;

/** What is played under a name: a preview's index or a broadcast's, and the moment it changes. */
export interface PlaylistSource {
  index: LiveIndex;
  onChange(listener: () => void): () => void;
}

/**
 * The live playlists and files of one playback name. Playlists are strings; null where there is nothing (yet): no segment
 * within 3 s, or no such track. URIs inside are relative: `<track>.m3u8`, `<part>/<track>/init.mp4`, `<part>/<track>/00001.m4s`.
 */
export class LivePlaylists {
  constructor(
    private readonly source: PlaylistSource,
    private readonly layout: StorageLayout,
    private readonly timeUrl: string,
  ) {}

  async master(): Promise<string | null> {
    const view = await this.firstView();
    return view && renderMaster(view);
  }

  async media(track: string): Promise<string | null> {
    const view = await this.firstView();
    return view && renderMedia(view, track);
  }

  async mpd(): Promise<string | null> {
    const view = await this.firstView();
    return view && renderMpd(view, this.timeUrl, new Date());
  }

  /** Path of a track's init segment; null for a part or track that the presentation does not have. */
  initFile(part: number, track: string): string | null {
    const dir = this.trackDir(part, track);
    return dir && join(dir, INIT_FILE);
  }

  /** Path of a segment. It may be gone: a preview slides. Null for a session's segments of before the go-live mark. */
  segmentFile(part: number, track: string, file: string): string | null {
    const isOurs = SEGMENT_NAME.test(file) && this.source.index.owns(part, track, file);
    const dir = isOurs ? this.trackDir(part, track) : null;
    return dir && join(dir, file);
  }

  private trackDir(number: number, track: string): string | null {
    const part = this.part(number);
    if (!part || !isPathSafeId(track) || !part.tracks.some((one) => one.id === track)) return null;
    return this.layout.trackDir(part.sessionId, part.sessionPart, track);
  }

  private part(number: number): PartRecord | undefined {
    return this.source.index.parts.find((part) => part.part === number);
  }

  private firstView(): Promise<LiveView | null> {
    const { index } = this.source;
    const view = index.view();
    if (view || index.ended) return Promise.resolve(view);
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        forget();
        resolve(index.view());
      };
      const timer = setTimeout(done, FIRST_SEGMENT_WAIT_MS);
      const forget = this.source.onChange(() => {
        if (index.view() || index.ended) done();
      });
    });
  }
}
