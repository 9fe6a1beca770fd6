import { readFileSync } from 'node:fs';
import { ffmpeg } from '../support/ffmpeg';

/** One FLV tag. */
export interface Tag {
  /** 8 audio, 9 video, 18 data: the RTMP message types are the same. */
  type: number;
  timestampMs: number;
  body: Buffer;
}

export interface Clip {
  /** Metadata and sequence headers: once at the start of a session. */
  headers: Tag[];
  /** Pictures and sound by time, the first one a key frame. */
  tags: Tag[];
  durationMs: number;
}

/** Whole pictures and whole AAC frames, so that the clip plays in a loop without a seam: 240 of the one, 375 of the other. */
const DURATION_S = 8;
const FLV_HEADER_BYTES = 9;
const TAG_HEADER_BYTES = 11;
const BACK_POINTER_BYTES = 4;
const DATA = 18;

/** 720p at 30 a second and 2 Mbit/s with a key frame every 2 s, as common encoders send. Made once: an encoder's work is not measured. */
export async function makeClip(file: string): Promise<Clip> {
  await ffmpeg(
    ...['-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=30'],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000', '-t', String(DURATION_S)],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'],
    ...['-g', '60', '-keyint_min', '60', '-sc_threshold', '0', '-b:v', '2000k', '-maxrate', '2500k'],
    ...['-bufsize', '4000k', '-c:a', 'aac', '-b:a', '96k', '-ac', '2', '-f', 'flv', file],
  );
  return readClip(file, DURATION_S * 1_000);
}

/** An FLV file of H.264 and AAC as a clip that takes so long. */
export function readClip(file: string, durationMs: number): Clip {
  const tags = tagsOf(readFileSync(file));
  return { headers: tags.filter(isHeader), tags: tags.filter((tag) => !isHeader(tag)), durationMs };
}

/** AVC and AAC: the second byte tells a sequence header (0) from media (1). */
const isHeader = (tag: Tag): boolean => tag.type === DATA || tag.body[1] === 0;

function tagsOf(file: Buffer): Tag[] {
  const tags: Tag[] = [];
  let at = FLV_HEADER_BYTES + BACK_POINTER_BYTES;
  while (at + TAG_HEADER_BYTES <= file.length) {
    const length = file.readUIntBE(at + 1, 3);
    const timestampMs = file.readUIntBE(at + 4, 3) + file[at + 7]! * 2 ** 24;
    const start = at + TAG_HEADER_BYTES;
    tags.push({ type: file[at]!, timestampMs, body: file.subarray(start, start + length) });
    at = start + length + BACK_POINTER_BYTES;
  }
  return tags;
}
