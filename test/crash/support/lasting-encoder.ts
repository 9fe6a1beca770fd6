import { spawn, type ChildProcess } from 'node:child_process';

/** OBS waits 2 s and longer; shorter here, so that a test does not. */
const RECONNECT_DELAY_MS = 500;
/** Small and cheap: the crash is what is tested, on two cores. */
const PICTURE = 'testsrc2=size=640x360:rate=30';
const SOUND = 'sine=frequency=440:sample_rate=48000';

/** A real ffmpeg that publishes and, like OBS, reconnects whenever its connection is lost, until it is told to stop. */
export class LastingEncoder {
  private child: ChildProcess | null = null;
  private timer: NodeJS.Timeout | null = null;
  private state: 'running' | 'stopped' = 'running';
  starts = 0;

  constructor(private readonly url: string) {
    this.publish();
  }

  private publish(): void {
    this.starts += 1;
    const child = spawn(
      'ffmpeg',
      [
        ...[
          '-nostdin',
          '-v',
          'quiet',
          '-re',
          '-f',
          'lavfi',
          '-i',
          PICTURE,
          '-re',
          '-f',
          'lavfi',
          '-i',
          SOUND,
        ],
        ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'],
        ...['-g', '30', '-b:v', '600k', '-c:a', 'aac', '-b:a', '64k', '-f', 'flv', this.url],
      ],
      { stdio: 'ignore' },
    );
    this.child = child;
    child.once('exit', () => {
      this.child = null;
      if (this.state === 'running') this.timer = setTimeout(() => this.publish(), RECONNECT_DELAY_MS);
    });
  }

  /** The operator presses stop. Resolves when the encoder is gone. */
  async stop(): Promise<void> {
    this.state = 'stopped';
    if (this.timer) clearTimeout(this.timer);
    const child = this.child;
    if (!child) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }

  /** The operator presses start again. */
  resume(): void {
    this.state = 'running';
    this.publish();
  }
}
