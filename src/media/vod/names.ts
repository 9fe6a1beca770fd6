import { INIT_FILE } from '../packager/segment-files';
import type { SegmentFile } from '../timeline/types';

/** Names below a VOD's folder; the playback server resolves segments to the folder of their session. */
export const MASTER_PLAYLIST = 'master.m3u8';
export const MANIFEST = 'manifest.mpd';
export const ORIGINAL_FILE = 'original.mp4';
export const SOURCE_FILE = 'source.json';

export { INIT_FILE };

export const playlistName = (rendition: string): string => `${rendition}.m3u8`;
export const trackBase = (part: number, track: string): string => `${part}/${track}/`;
export const initUri = (part: number, track: string): string => trackBase(part, track) + INIT_FILE;
export const segmentUri = (part: number, track: string, file: SegmentFile): string =>
  trackBase(part, track) + file.file;
