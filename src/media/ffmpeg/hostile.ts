import { existsSync } from 'node:fs';

/**
 * How ffmpeg and ffprobe open what somebody uploaded. A playlist or a concat script that calls itself `src.mp4` would make them
 * read any file of ours, and any address; so the demuxers are named, and the only protocol is the file itself. (The flags of
 * mov that follow references to other files are off by themselves.)
 */
export const VIDEO_DEMUXERS = 'mov,matroska,mpegts,flv';
const PROTOCOLS = 'file,pipe';

/** 8K is 33 million pixels. */
export const MAX_VIDEO_PIXELS = 36_000_000;
/** The largest phones take pictures of 50 million pixels (and 200 by adding them up, which nobody shows as a thumbnail). */
export const MAX_IMAGE_PIXELS = 52_000_000;
/** The index of a show of 24 h at 60 pictures a second takes 200 MB; a picture of `MAX_IMAGE_PIXELS` 156 MB. */
const MAX_BLOCK_BYTES = 384 * 1024 * 1024;
/** 8K with all its reference frames, and the encoder's: above it the process is refused more, and fails. */
const MAX_PROCESS_BYTES = 6 * 1024 * 1024 * 1024;

/** Global flags: they hold for all inputs and outputs. */
export const memoryFlags = (): string[] => ['-max_alloc', String(MAX_BLOCK_BYTES)];

/** Flags before the input that they are for. */
export const inputFlags = (maxPixels: number, demuxers: string = VIDEO_DEMUXERS): string[] => [
  ...['-format_whitelist', demuxers, '-protocol_whitelist', PROTOCOLS],
  ...['-max_pixels', String(maxPixels)],
];

/** util-linux has it on every Linux; elsewhere the bound of a single block has to do. */
const PRLIMIT = ['/usr/bin/prlimit', '/bin/prlimit'].find((path) => existsSync(path)) ?? null;

/** The same program under a bound of memory, set before it reads a byte. No shell. */
export function underMemoryLimit(path: string, args: string[]): { path: string; args: string[] } {
  if (PRLIMIT === null) return { path, args };
  return { path: PRLIMIT, args: [`--as=${MAX_PROCESS_BYTES}`, '--core=0', '--', path, ...args] };
}
