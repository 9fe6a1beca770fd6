import { spawn, type ChildProcess } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CodedError } from '../../domain/errors';
import { childEnv } from '../ffmpeg/child-env';
import { memoryFlags, underMemoryLimit } from '../ffmpeg/hostile';
import { ProgressReader } from '../ffmpeg/progress';
import { classifyLogLine } from '../ffmpeg/stderr';

/** Archives are patient: live encoding comes first on a shared machine. */
const NICE = constants.priority.PRIORITY_BELOW_NORMAL;
/** Neither time nor bytes advance for so long: ffmpeg hangs. Moving the index of a huge file to its front takes less. */
const STUCK_AFTER_MS = 120_000;
const WATCH_INTERVAL_MS = 2_000;
/** Another try would read no more: the live segments stand in. */
export const LOST_CODES: ReadonlySet<string> = new Set(['ENOENT', 'EIO']);
/** Behind stdin, progress and log. */
const READ_FD = 3;
const LOG_TAIL_LINES = 10;
const MAX_LOG_LINE_CHARS = 500;

export interface FfmpegJob {
  path: string;
  args: string[];
  /** Fed to stdin; absent: stdin is empty. */
  input?: AsyncIterable<Buffer>;
  /** The file whose growth counts as progress; null where what is read does. */
  output: string | null;
  /** Takes what ffmpeg writes to `pipe:3`, as fast as it likes, to its end. Its rejection ends the job. */
  read?(output: AsyncIterable<Buffer>): Promise<void>;
  signal: AbortSignal;
  /** It reads what somebody uploaded: memory is bounded, and it is killed after so long (RECORDING_DAMAGED). Milliseconds. */
  hostile?: { deadlineMs: number };
  /** The output's clock, milliseconds. Needs `-progress pipe:1` among the arguments. */
  onTime?(outTimeMs: number): void;
}

/**
 * Runs one ffmpeg to its end, at low priority. Rejects with the signal's reason when aborted (ffmpeg is killed), with
 * DISK_FULL, TRANSCODE_FAILED (may be tried again) or RECORDING_DAMAGED (never will work) when it failed.
 * A success proves nothing yet: look at what it made.
 */
export async function runFfmpeg(job: FfmpegJob): Promise<void> {
  job.signal.throwIfAborted();
  const pipes = Array.from({ length: job.read ? READ_FD + 1 : READ_FD }, () => 'pipe' as const);
  const run = job.hostile ? underMemoryLimit(job.path, [...memoryFlags(), ...job.args]) : job;
  const child: ChildProcess = spawn(run.path, run.args, { stdio: pipes, env: childEnv() });
  const kill = () => child.kill('SIGKILL');
  job.signal.addEventListener('abort', kill, { once: true });
  let advanced = 0;
  const progress = new ProgressReader((outTimeMs) => {
    advanced += 1;
    job.onTime?.(outTimeMs);
  });
  child.stdout!.setEncoding('utf8').on('data', (text: string) => progress.push(text));
  const tail = readTail(child);
  const watch = watchProgress(
    async () => `${advanced}:${job.output === null ? '' : await growth(job.output)}`,
    kill,
  );
  const deadline = job.hostile ? killAfter(job.hostile.deadlineMs, kill) : null;
  try {
    // Both to their end: the caller removes the files, and a rejection that nobody awaits would end the process.
    const [closed, fed, taken] = await Promise.allSettled([
      awaitClose(child),
      feed(child, job.input, () => (advanced += 1)),
      take(child, job.read, () => (advanced += 1)),
    ]);
    job.signal.throwIfAborted();
    if (closed.status === 'rejected') throw closed.reason;
    if (deadline?.passed()) throw new CodedError('RECORDING_DAMAGED', 'it takes far longer than its length');
    if (fed.status === 'rejected') throw readFailureOf(fed.reason);
    if (taken.status === 'rejected') throw taken.reason;
    if (closed.value.code !== 0) throw failureOf(tail, watch.stuck(), closed.value.killedBy);
  } finally {
    watch.end();
    deadline?.end();
    job.signal.removeEventListener('abort', kill);
  }
}

const WRITING_CODES: ReadonlySet<string> = new Set([
  'EPIPE',
  'ECONNRESET',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
]);

/**
 * Resolves where ffmpeg stops reading: it has an exit code and a log that say why. Rejects, and kills it, where the input itself
 * can not be read.
 */
async function feed(child: ChildProcess, input: AsyncIterable<Buffer> | undefined, onChunk: () => void) {
  if (!input) {
    child.stdin!.on('error', () => {});
    child.stdin!.end();
    return;
  }
  let readError: unknown;
  const note = (error: NodeJS.ErrnoException) => {
    // The pipe's end reaches the source as an error too: that one is ffmpeg's.
    if (!WRITING_CODES.has(error.code ?? '')) readError ??= error;
  };
  const source = Readable.from(counted(input, onChunk), { objectMode: false, highWaterMark: 1024 * 1024 });
  source.once('error', note);
  await pipeline(source, child.stdin!).catch(note);
  if (readError) {
    child.kill('SIGKILL');
    throw readError;
  }
}

async function* counted(chunks: AsyncIterable<Buffer>, onChunk: () => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onChunk();
    yield chunk;
  }
}

/** Rejects, and kills ffmpeg, where the reader can not go on: nobody takes the rest. */
async function take(child: ChildProcess, read: FfmpegJob['read'], onChunk: () => void): Promise<void> {
  if (!read) return;
  try {
    await read(counted(child.stdio[READ_FD] as Readable, onChunk));
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

interface Ending {
  code: number | null;
  killedBy: NodeJS.Signals | null;
}

function awaitClose(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => setPriority(child.pid!, NICE));
    child.once('error', (error) => {
      if (child.pid === undefined)
        reject(new CodedError('TRANSCODE_FAILED', `ffmpeg can not be started: ${error.message}`));
    });
    // 'close', not 'exit': only then all of its output has been read.
    child.once('close', (code, killedBy) => resolve({ code, killedBy }));
  });
}

function readTail(child: ChildProcess): string[] {
  const tail: string[] = [];
  let rest = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = (lines.pop() ?? '').slice(-MAX_LOG_LINE_CHARS);
    for (const line of lines) {
      if (line === '' || classifyLogLine(line) === 'data') continue;
      tail.push(line.slice(0, MAX_LOG_LINE_CHARS));
      if (tail.length > LOG_TAIL_LINES) tail.shift();
    }
  });
  return tail;
}

/** The input broke, not ffmpeg. Lost for good where the file is gone or its disk gives it back no more. */
function readFailureOf(error: NodeJS.ErrnoException): Error {
  if (error instanceof CodedError) return error;
  const lost = error.code !== undefined && LOST_CODES.has(error.code);
  return new CodedError(
    lost ? 'RECORDING_DAMAGED' : 'TRANSCODE_FAILED',
    `reading it: ${error.code ?? error.message}`,
  );
}

function failureOf(tail: string[], stuck: boolean, killedBy: Ending['killedBy']): CodedError {
  if (stuck) return new CodedError('TRANSCODE_FAILED', `no progress for ${STUCK_AFTER_MS / 1000} s`);
  // Whatever it complained of before: it did not end by itself (out of memory, an operator).
  if (killedBy) return new CodedError('TRANSCODE_FAILED', `ffmpeg was ended by ${killedBy}`);
  const why = tail.join(' | ');
  if (why.includes('No space left on device')) return new CodedError('DISK_FULL');
  const broken = tail.some((line) => classifyLogLine(line) === 'configuration' || UNREADABLE.test(line));
  return new CodedError(broken ? 'RECORDING_DAMAGED' : 'TRANSCODE_FAILED', why);
}

const UNREADABLE =
  /Invalid data found when processing input|moov atom not found|Could not write header|Could not find tag for codec/;

async function growth(path: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(path);
    return `${size}:${mtimeMs}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none';
    throw error;
  }
}

function killAfter(ms: number, kill: () => void): { passed(): boolean; end(): void } {
  let passed = false;
  const timer = setTimeout(() => {
    passed = true;
    kill();
  }, ms);
  return { passed: () => passed, end: () => clearTimeout(timer) };
}

function watchProgress(mark: () => Promise<string>, onStuck: () => void): { stuck(): boolean; end(): void } {
  let last = '';
  let since = performance.now();
  let stuck = false;
  const timer = setInterval(() => {
    mark().then(
      (now) => {
        if (now !== last) {
          last = now;
          since = performance.now();
        } else if (performance.now() - since > STUCK_AFTER_MS) {
          stuck = true;
          onStuck();
        }
      },
      // A file system that does not answer is no progress either.
      () => {},
    );
  }, WATCH_INTERVAL_MS);
  return { stuck: () => stuck, end: () => clearInterval(timer) };
}
