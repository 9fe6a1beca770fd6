import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import type { OutputMode } from '../../../src/domain/output-mode';
import type { BroadcastRef, MediaTag, SessionFacts, SessionPipeline } from '../../../src/media/contract';
import { FlvReader } from '../../../src/media/flv';
import { createMediaPlane, type LocalMediaPlane } from '../../../src/media/plane';
import { StorageLayout } from '../../../src/storage/layout';
import { ffmpeg } from '../../support/ffmpeg';

export interface SourceOptions {
  seconds: number;
  size?: string;
  video?: boolean;
  audio?: boolean;
  gopSeconds?: number;
  /** B-frames in a row; needs a preset that looks ahead. */
  bFrames?: number;
}

/** The tags of a short FLV made by ffmpeg: what an encoder would send. */
export async function sourceTags(options: SourceOptions): Promise<MediaTag[]> {
  const { seconds, size = '640x360', video = true, audio = true, gopSeconds = 2, bFrames = 0 } = options;
  const dir = await mkdtemp(join(tmpdir(), 'showrunner-flv-'));
  const file = join(dir, 'source.flv');
  const inputs = [
    ...(video ? ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=30`] : []),
    ...(audio ? ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100'] : []),
  ];
  const gop = String(30 * gopSeconds);
  const x264 = bFrames ? ['veryfast', '-bf', String(bFrames), '-b_strategy', '0'] : ['ultrafast'];
  const encode = [
    ...(video
      ? ['-c:v', 'libx264', '-preset', ...x264, '-g', gop, '-keyint_min', gop, '-sc_threshold', '0']
      : []),
    ...(audio ? ['-c:a', 'aac', '-b:a', '96k'] : []),
  ];
  try {
    await ffmpeg(...inputs, '-t', String(seconds), ...encode, '-f', 'flv', file);
    const reader = await FlvReader.open(file);
    const tags: MediaTag[] = [];
    for await (const tag of reader.tags()) tags.push(tag);
    await reader.close();
    return tags;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Writes tags at `speed` times their own pace; ends early when `signal` says so. */
export async function play(
  pipeline: SessionPipeline,
  tags: MediaTag[],
  speed: number,
  signal?: AbortSignal,
): Promise<void> {
  const began = performance.now();
  const firstMs = tags[0]?.timestampMs ?? 0;
  for (const tag of tags) {
    const dueInMs = (tag.timestampMs - firstMs) / speed - (performance.now() - began);
    if (dueInMs > 2) await new Promise((resolve) => setTimeout(resolve, dueInMs));
    if (signal?.aborted) return;
    pipeline.write(tag);
  }
}

export const shifted = (tags: MediaTag[], byMs: number): MediaTag[] =>
  tags.map((tag) => ({ ...tag, timestampMs: tag.timestampMs + byMs }));

export interface Stage {
  /** All log lines so far, of level warn and above. */
  warned: () => string;
  layout: StorageLayout;
  plane: LocalMediaPlane;
  /** Another plane over the same folder: the node after a restart. */
  restart(options?: StageOptions): LocalMediaPlane;
  close(): Promise<void>;
}

export interface StageOptions {
  minFreeDiskBytes?: number;
  maxSessions?: number;
  ffmpegPath?: string;
  previewSweepMs?: number;
  previewWindowMs?: number;
}

export async function stage(options: StageOptions = {}): Promise<Stage> {
  const root = await mkdtemp(join(tmpdir(), 'showrunner-media-'));
  const layout = new StorageLayout(root);
  const lines: string[] = [];
  const show = process.env.TEST_LOG;
  const write = (line: string) => {
    lines.push(line);
    if (show) process.stdout.write(line);
  };
  const log = pino({ level: show ?? 'warn' }, { write });
  const planes: LocalMediaPlane[] = [];
  const make = ({
    minFreeDiskBytes = 0,
    maxSessions = 10,
    ffmpegPath = 'ffmpeg',
    previewSweepMs,
    previewWindowMs,
  }: StageOptions): LocalMediaPlane => {
    const plane = createMediaPlane({
      layout,
      ffmpegPath,
      limits: { minFreeDiskBytes, maxSessions },
      log,
      previewSweepMs,
      previewWindowMs,
    });
    planes.push(plane);
    return plane;
  };
  return {
    warned: () => lines.join(''),
    layout,
    plane: make(options),
    restart: (again = {}) => make(again),
    close: async () => {
      for (const plane of planes) await plane.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export interface OpenedSession {
  facts: SessionFacts;
  pipeline: SessionPipeline;
  viewable: Promise<number>;
  broken: string[];
}

export function openSession(
  plane: LocalMediaPlane,
  mode: OutputMode,
  ref: BroadcastRef | null = null,
  over: Partial<SessionFacts> = {},
): OpenedSession {
  const facts: SessionFacts = {
    sessionId: randomUUID(),
    nodeId: 'node-1',
    ...{ appId: 1, memberId: 2, streamKeyId: 3, keyVersion: 1, epoch: 1 },
    mode,
    previewName: `preview-${randomUUID().slice(0, 8)}`,
    startedAt: new Date().toISOString(),
    ...over,
  };
  const broken: string[] = [];
  const openedAt = performance.now();
  let viewable: Promise<number> | null = null;
  let pipeline: SessionPipeline | null = null;
  viewable = new Promise((resolve) => {
    pipeline = plane.openSession(facts, ref, {
      onViewable: () => resolve(performance.now() - openedAt),
      onBroken: (why) => broken.push(why),
    });
  });
  if (!pipeline) throw new Error('no pipeline');
  return { facts, pipeline, viewable, broken };
}
