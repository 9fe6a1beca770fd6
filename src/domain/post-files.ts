/** One file of a video post, below its folder. */
export interface PostFile {
  /** Its name there, and at the end of its address. */
  file: string;
  /** What our probe found, never what the uploader said. */
  contentType: string;
  bytes: number;
  /** As the uploader calls it; ours where we made it. */
  originalName: string;
}

/** What a post has beside its renditions. The original of a finished broadcast stands in columns of its own. */
export interface PostFiles {
  src?: PostFile;
  thumbnail?: PostFile;
  preview?: PostFile;
}

/** Ends of file names, and the types that they are served as. Nothing that a browser would run is among them. */
export const MEDIA_TYPES = {
  mp4: 'video/mp4',
  m4a: 'audio/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  mkv: 'video/x-matroska',
  ts: 'video/mp2t',
  flv: 'video/x-flv',
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
} as const;
export type MediaExtension = keyof typeof MEDIA_TYPES;
