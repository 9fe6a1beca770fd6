import type { Feed } from '../media/contract';

/** Who may watch what; implemented by src/access. */
export type { AccessGate } from '../domain/access-gate';

/**
 * What playback needs of the media plane, by playback name: a session's preview name or a broadcast's public one.
 * Implemented by src/media; playback checks names, tracks and files for shape only, the answers here decide what is shown.
 */
export interface PlaybackMedia {
  /** RTMP output (HTTP-FLV): null for a name that is not ours, or without RTMP output. */
  feed(name: string): Feed | null;
  /** CMAF output (HLS, DASH): null for a name that is not ours, or without CMAF output. */
  playlists(name: string): LivePlaylists | null;
}

export interface LivePlaylists {
  /** `master.m3u8`. May wait for the first segment, 3 s at most; null when there is none by then. */
  master(): Promise<string | null>;
  /** `<track>.m3u8`. Waits like `master`; null also for an unknown track. */
  media(track: string): Promise<string | null>;
  /** `manifest.mpd`. Waits like `master`. */
  mpd(): Promise<string | null>;
  /**
   * Absolute path of `<part>/<track>/init.mp4`; null for what the playlists never named (or do not any more). Track ids
   * that begin with `audio` are audio, all others video.
   */
  initFile(part: number, track: string): string | null;
  /** Absolute path of `<part>/<track>/<file>`, a finished segment; null for what the playlists never named. */
  segmentFile(part: number, track: string, file: string): string | null;
}

/** What the door for uploads needs of who keeps their books. */
export interface Uploads {
  /** Did we sign this address? Compared in constant time. */
  isSigned(address: string, signature: string): boolean;
  /** False while the disk has only what running broadcasts are going to need. */
  hasRoom(): boolean;
  /** Does this upload still take parts? */
  isOpen(upload: string): Promise<boolean>;
  /** Counts a part that is whole on disk; answers the ETag of the one it replaces. Rejects with UPLOAD_NOT_FOUND. */
  finished(upload: string, part: { number: number; etag: string; bytes: number }): Promise<string | null>;
}
