import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../logger';
import type { StorageLayout } from '../../storage/layout';
import { renderMpd } from '../dash/mpd';
import { playlistName, renderMaster } from '../hls/master';
import { renderMedia } from '../hls/media';
import { UNFINISHED_SUFFIX } from '../packager/segment-files';
import type { BroadcastTimeline } from '../timeline/broadcast-timeline';

export const MASTER_FILE = 'master.m3u8';
export const MPD_FILE = 'manifest.mpd';

/** Keeps a broadcast's playlists beside its timeline, each replaced whole, so that another process can serve them. */
export class PlaylistFiles {
  private state: 'idle' | 'writing' | 'again' = 'idle';
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly timeline: BroadcastTimeline,
    private readonly layout: StorageLayout,
    private readonly timeUrl: string,
    private readonly log: Logger,
  ) {
    timeline.onChange(() => this.refresh());
  }

  /** Resolves when what changed so far is written. */
  async settled(): Promise<void> {
    await this.last;
  }

  private refresh(): void {
    if (this.state !== 'idle') {
      this.state = 'again';
      return;
    }
    this.last = this.writeAll();
  }

  private async writeAll(): Promise<void> {
    do {
      this.state = 'writing';
      try {
        for (const [name, text] of this.render()) await this.replace(name, text);
      } catch (error) {
        // Playlists in memory are right; the next segment writes these again.
        this.log.warn({ err: error }, 'playlists could not be written');
      }
    } while (this.wasChanged());
    this.state = 'idle';
  }

  private wasChanged(): boolean {
    return this.state === 'again';
  }

  private render(): [string, string][] {
    const view = this.timeline.index.view();
    if (!view) return [];
    const tracks = [...new Set(view.parts.flatMap((part) => part.tracks.map((track) => track.id)))];
    return [
      ...tracks.map((track): [string, string] => [playlistName(track), renderMedia(view, track) ?? '']),
      [MASTER_FILE, renderMaster(view)],
      [MPD_FILE, renderMpd(view, this.timeUrl, new Date())],
    ];
  }

  private async replace(name: string, text: string): Promise<void> {
    const path = join(this.layout.broadcastDir(this.timeline.open.playbackName), name);
    await writeFile(path + UNFINISHED_SUFFIX, text);
    await rename(path + UNFINISHED_SUFFIX, path);
  }
}
