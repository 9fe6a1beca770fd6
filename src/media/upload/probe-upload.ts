import { execFile, type ExecFileException } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { CodedError } from '../../domain/errors';
import { childEnv } from '../ffmpeg/child-env';
import { memoryFlags, underMemoryLimit } from '../ffmpeg/hostile';

const execute = promisify(execFile);
/** A look at headers and the first frames; what takes longer was made to take long. */
const PROBE_TIMEOUT_MS = 60_000;
/** We ask for a few fields of each stream: thousands of streams are no video. */
const MAX_OUTPUT_BYTES = 256 * 1024;
/** What prlimit says when it can not start the program. */
const NOT_STARTED: ReadonlySet<unknown> = new Set([126, 127]);

const ENTRIES = [
  'format=format_name,duration',
  'format_tags=major_brand',
  'stream=codec_type,codec_name,width,height,duration',
  'stream_disposition=attached_pic',
].join(':');

export interface UploadProbe {
  format?: { format_name?: string; duration?: string; tags?: { major_brand?: string } };
  streams?: {
    codec_type?: string;
    codec_name?: string;
    width?: number;
    height?: number;
    duration?: string;
    disposition?: { attached_pic?: number };
  }[];
}

/**
 * What ffprobe says of an upload, with the flags in front of its name; time, memory and answer are bounded. Rejects with
 * UPLOAD_REFUSED where it can't read it, TRANSCODE_FAILED where ffprobe can't be started, or the signal's reason.
 */
export async function probeUpload(
  ffprobePath: string,
  flags: string[],
  file: string,
  signal: AbortSignal,
): Promise<UploadProbe> {
  const args = ['-v', 'error', ...memoryFlags(), ...flags, '-show_entries', ENTRIES, '-of', 'json', file];
  const run = underMemoryLimit(ffprobePath, args);
  const options = {
    timeout: PROBE_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT_BYTES,
    signal,
    env: childEnv(),
  } as const;
  const { stdout } = await execute(run.path, run.args, options).catch((error: ExecFileException) => {
    signal.throwIfAborted();
    throw failureOf(error, file);
  });
  return JSON.parse(stdout) as UploadProbe;
}

function failureOf(error: ExecFileException, file: string): CodedError {
  const isMissing = error.code === 'ENOENT' || error.code === 'EACCES' || NOT_STARTED.has(error.code);
  if (isMissing) return new CodedError('TRANSCODE_FAILED', 'ffprobe can not be started');
  if (error.killed)
    return new CodedError('UPLOAD_REFUSED', 'reading its headers takes too long, or says too much');
  const why = (error.stderr ?? '').replaceAll(file, basename(file)).trim().slice(-300);
  return new CodedError('UPLOAD_REFUSED', why || 'it can not be read');
}
