import { spawn, type ChildProcess } from 'node:child_process';

/** A real ffmpeg that publishes a test picture and a tone. */
export class Encoder {
  readonly process: ChildProcess;
  private stderr = '';
  /** Resolves with the exit code (null after a signal) and what it wrote to stderr. */
  readonly done: Promise<{ code: number | null; stderr: string }>;

  constructor(
    url: string,
    { seconds = 60, codecs = H264_AAC }: { seconds?: number; codecs?: string[] } = {},
  ) {
    const input = ['-re', '-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=15', '-f', 'lavfi', '-i', 'sine'];
    const args = ['-nostdin', '-v', 'info', ...input, '-t', String(seconds), ...codecs, '-f', 'flv', url];
    this.process = spawn('ffmpeg', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.process.stderr?.on('data', (text) => (this.stderr += String(text)));
    this.done = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      this.process.once('close', (code) => resolve({ code, stderr: this.stderr }));
    });
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.process.kill(signal);
    await this.done;
  }
}

const H264_AAC = [
  '-c:v',
  'libx264',
  '-preset',
  'ultrafast',
  '-g',
  '15',
  '-pix_fmt',
  'yuv420p',
  '-c:a',
  'aac',
];
