import { execFile, type ExecFileException } from 'node:child_process';
import { promisify } from 'node:util';
import { CodedError } from '../../domain/errors';
import { childEnv } from '../ffmpeg/child-env';

const execute = promisify(execFile);
/** ffprobe reads an index, not the media; a file that takes longer is on a disk that hangs. */
const PROBE_TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

export interface ProbedMedia {
  durationMs: number;
  bytes: number;
  /** Null without such a track. Its own length may differ from the file's. */
  video: { codec: string; width: number; height: number; durationMs: number } | null;
  audio: { codec: string; durationMs: number } | null;
}

export interface ProbeOutput {
  format?: { duration?: string; size?: string; start_time?: string };
  streams?: ProbedStream[];
}

export interface ProbedStream {
  codec_type?: string;
  codec_name?: string;
  width?: number;
  height?: number;
  sample_aspect_ratio?: string;
  avg_frame_rate?: string;
  start_time?: string;
  duration?: string;
  nb_frames?: string;
  extradata_hash?: string;
  /** Degrees, by which players turn the picture. */
  side_data_list?: { rotation?: number }[];
}

/** What ffprobe says about a media file. Rejects with RECORDING_DAMAGED where it can not read it, or as `probeOutput` does. */
export async function probeMedia(
  ffprobePath: string,
  file: string,
  signal: AbortSignal,
): Promise<ProbedMedia> {
  const output = await probeOutput(ffprobePath, file, signal);
  const video = output.streams?.find((stream) => stream.codec_type === 'video');
  const audio = output.streams?.find((stream) => stream.codec_type === 'audio');
  return {
    durationMs: Number(output.format?.duration ?? 0) * 1000,
    bytes: Number(output.format?.size ?? 0),
    video: video ? { ...facts(video), width: video.width ?? 0, height: video.height ?? 0 } : null,
    audio: audio ? facts(audio) : null,
  };
}

const facts = ({ codec_name, duration }: ProbedStream) => ({
  codec: codec_name ?? '',
  durationMs: Number(duration ?? 0) * 1000,
});

/**
 * The same as ffprobe tells it, for who needs more. TRANSCODE_FAILED where it did not come to a word of its own: could not be
 * started, was killed, or took too long.
 */
export async function probeOutput(
  ffprobePath: string,
  file: string,
  signal: AbortSignal,
): Promise<ProbeOutput> {
  const args = [
    '-v',
    'error',
    '-show_format',
    '-show_streams',
    '-show_data_hash',
    'md5',
    '-of',
    'json',
    file,
  ];
  const options = { timeout: PROBE_TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES, signal, env: childEnv() };
  const { stdout } = await execute(ffprobePath, args, options).catch((error: ExecFileException) => {
    signal.throwIfAborted();
    const why = (error.stderr || error.message).trim().slice(-500);
    throw new CodedError(typeof error.code === 'number' ? 'RECORDING_DAMAGED' : 'TRANSCODE_FAILED', why);
  });
  return JSON.parse(stdout) as ProbeOutput;
}
