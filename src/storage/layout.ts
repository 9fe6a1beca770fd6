import { join } from 'node:path';
import { isPathSafeId } from '../domain/ids';

/** Below a VOD's folder: everything that is made of the original. Its name is part of the addresses in master and MPD. */
export const LADDER_FOLDER = 'ladder';

/** Where everything lives below one storage root. Paths come from our own ids only, checked once more here. */
export class StorageLayout {
  constructor(readonly root: string) {}

  private at(...segments: string[]): string {
    return join(this.root, ...segments);
  }

  private static safe(id: string): string {
    if (!isPathSafeId(id)) throw new Error('an id that is not path-safe reached the storage layout');
    return id;
  }

  sessionsDir = (): string => this.at('sessions');
  /** session.json (facts, then the summary), raw.flv, parts/<n>/<track>/. */
  sessionDir = (sessionId: string): string => this.at('sessions', StorageLayout.safe(sessionId));
  sessionFacts = (sessionId: string): string => join(this.sessionDir(sessionId), 'session.json');
  rawRecording = (sessionId: string): string => join(this.sessionDir(sessionId), 'raw.flv');
  /** All that was packaged; the raw recording stands beside it. */
  partsDir = (sessionId: string): string => join(this.sessionDir(sessionId), 'parts');
  /** One part per run of the packager's ffmpeg: inits, segments and their index.jsonl. */
  partDir = (sessionId: string, sessionPart: number): string =>
    join(this.partsDir(sessionId), String(sessionPart));
  trackDir = (sessionId: string, sessionPart: number, track: string): string =>
    join(this.partDir(sessionId, sessionPart), StorageLayout.safe(track));

  broadcastsDir = (): string => this.at('broadcasts');
  broadcastDir = (playbackName: string): string => this.at('broadcasts', StorageLayout.safe(playbackName));
  timeline = (playbackName: string): string => join(this.broadcastDir(playbackName), 'timeline.jsonl');

  vodDir = (postName: string): string => this.at('vod', StorageLayout.safe(postName));
  /** Renditions made after the end: playlists, movies, and a folder of segments a track. */
  ladderDir = (postName: string): string => join(this.vodDir(postName), LADDER_FOLDER);

  /** Parts of a file on its way in: `<part>-<etag>`. */
  uploadDir = (upload: string): string => this.at('uploads', StorageLayout.safe(upload));

  outboxDir = (nodeId: string): string => this.at('nodes', StorageLayout.safe(nodeId), 'outbox');
}
