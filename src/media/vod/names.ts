import { INIT_FILE } from '../packager/segment-files';
import type { SegmentFile } from '../timeline/types';

/** Names below a VOD's folder; the playback server resolves segments to the folder of their session. */
export const MASTER_PLAYLIST = 'master.m3u8';
export const MANIFEST = 'manifest.mpd';
export const ORIGINAL_FILE = 'original.mp4';
export const SOURCE_FILE = 'source.json';
/** What the renditions of an upload are made of; no address leads to it. */
export const PREPARED_FILE = 'prepared.mp4';

export { INIT_FILE };

/** A file beside a VOD's master playlist that names live segments, or says where they are. */
export const isInstantVodFile = (file: string): boolean =>
  file === SOURCE_FILE || (file.endsWith('.m3u8') && file !== MASTER_PLAYLIST);

export const playlistName = (rendition: string): string => `${rendition}.m3u8`;
/** The folder of a timeline's part, as playlists name it. */
export const partFolder = (part: number): string => `${part}/`;
export const trackBase = (folder: string, track: string): string => `${folder}${track}/`;
export const initUri = (folder: string, track: string): string => trackBase(folder, track) + INIT_FILE;
export const segmentUri = (folder: string, track: string, file: SegmentFile): string =>
  trackBase(folder, track) + file.file;
