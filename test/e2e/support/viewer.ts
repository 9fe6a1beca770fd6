import { spawn, type ChildProcess } from 'node:child_process';

/** A real viewer: ffmpeg that plays a URL as long as it goes, and counts what it gets. */
export class Viewer {
  /** Video packets so far. */
  frames = 0;
  exitCode: number | null | undefined;
  private readonly child: ChildProcess;
  private said = '';

  constructor(readonly url: string) {
    const args = ['-nostdin', '-v', 'error', '-progress', 'pipe:1', '-stats_period', '0.2'];
    args.push('-i', url, '-map', '0:v:0', '-c', 'copy', '-f', 'null', '-');
    this.child = spawn('ffmpeg', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      for (const [, count] of text.matchAll(/^frame=\s*(\d+)$/gm)) this.frames = Number(count);
    });
    this.child
      .stderr!.setEncoding('utf8')
      .on('data', (text: string) => (this.said = (this.said + text).slice(-1000)));
    this.child.once('exit', (code) => (this.exitCode = code));
  }

  get isWatching(): boolean {
    return this.exitCode === undefined;
  }

  /** For a failed assertion: who, how far, and what ffmpeg said. */
  toString(): string {
    return `${this.url}: ${this.frames} frames, ${this.isWatching ? 'watching' : 'gone'} ${this.said}`;
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}
