import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPathSafeId } from '../domain/ids';
import { readTimeline } from '../media/timeline/read';
import type { TimelineIndex } from '../media/timeline/types';
import type { StorageLayout } from '../storage/layout';
import type { SegmentAddress } from './route';

/** Written beside a VOD's playlists: whose live segments they name. */
const SOURCE_FILE = 'source.json';
const INIT_FILE = 'init.mp4';
/** A four hour show has about 22,000 files: some MB for all of these. */
const MAX_CACHED_TIMELINES = 16;

interface TimelineFiles {
  /** Changes with the timeline's file. */
  stamp: string;
  /** Folder of each `<part>/<track>`. */
  folders: Map<string, string>;
  /** `<part>/<track>/<file>` of each segment. */
  segments: Set<string>;
}

/** Finds the segments that a VOD's playlists name, in the folders of the sessions that recorded them. */
export class VodSource {
  private readonly cache = new Map<string, Promise<TimelineFiles | null>>();

  constructor(private readonly layout: StorageLayout) {}

  /** Absolute path; null for a post that is not there, and for what its timeline does not name. */
  async segmentFile(post: string, address: SegmentAddress): Promise<string | null> {
    const playbackName = await this.playbackNameOf(post);
    const files = playbackName === null ? null : await this.filesOf(playbackName);
    if (!files) return null;
    const folder = files.folders.get(`${address.part}/${address.track}`);
    if (!folder) return null;
    const named =
      address.file === INIT_FILE || files.segments.has(`${address.part}/${address.track}/${address.file}`);
    return named ? join(folder, address.file) : null;
  }

  private async playbackNameOf(post: string): Promise<string | null> {
    const source = await whenThere(readFile(join(this.layout.vodDir(post), SOURCE_FILE), 'utf8'));
    if (source === null) return null;
    const { playbackName } = JSON.parse(source) as { playbackName?: unknown };
    return typeof playbackName === 'string' && isPathSafeId(playbackName) ? playbackName : null;
  }

  /** One read however many ask at once, and again only when the timeline's file has changed. */
  private async filesOf(playbackName: string): Promise<TimelineFiles | null> {
    const path = this.layout.timeline(playbackName);
    const facts = await whenThere(stat(path));
    if (!facts) return null;
    const stamp = `${facts.size}-${facts.mtimeMs}`;
    const known = await this.cache.get(playbackName);
    if (known?.stamp === stamp) return known;
    const loading = this.load(path, stamp);
    this.cache.delete(playbackName);
    this.cache.set(playbackName, loading);
    const oldest = this.cache.keys().next().value;
    if (this.cache.size > MAX_CACHED_TIMELINES && oldest !== undefined) this.cache.delete(oldest);
    // A failed read is told to who asked, and tried again by the next.
    loading.catch(() => this.cache.delete(playbackName));
    return loading;
  }

  private async load(path: string, stamp: string): Promise<TimelineFiles | null> {
    const index = await readTimeline(path);
    return index && { stamp, ...this.collect(index) };
  }

  private collect(index: TimelineIndex): Omit<TimelineFiles, 'stamp'> {
    const parts = new Map(index.parts.map((part) => [part.part, part]));
    const folders = new Map<string, string>();
    const segments = new Set<string>();
    for (const segment of index.segments) {
      const part = parts.get(segment.part);
      if (!part) continue;
      for (const [track, { file }] of Object.entries(segment.tracks)) {
        const key = `${segment.part}/${track}`;
        if (!folders.has(key))
          folders.set(key, this.layout.trackDir(part.sessionId, part.sessionPart, track));
        segments.add(`${key}/${file}`);
      }
    }
    return { folders, segments };
  }
}

/** Null instead of a rejection where the file is not there. */
export async function whenThere<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
