import { spawn, spawnSync, type ChildProcess } from 'node:child_process';

/** Light enough for two cores that also carry the server's own encoding. */
const PICTURE = 'testsrc2=size=1280x720:rate=30';
const CLOCK =
  "drawtext=text='%{gmtime\\:%T}':fontsize=96:fontcolor=white:box=1:boxcolor=black@0.6:x=(w-tw)/2:y=(h-th)/2";
const SOUND = 'sine=frequency=440:sample_rate=48000';
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'];
const GOP_FRAMES = '60';
const PROBE_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 5_000;
const TAIL_CHARS = 2_000;

/** Does this ffmpeg draw text (with the filter, and a font to be found)? */
export function canDrawText(ffmpegPath: string): boolean {
  const args = [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    `color=size=64x64:duration=0.04,${CLOCK}`,
    '-f',
    'null',
    '-',
  ];
  return spawnSync(ffmpegPath, args, { stdio: 'ignore', timeout: PROBE_TIMEOUT_MS }).status === 0;
}

/** A real encoder: ffmpeg, publishing a moving picture with a clock and a tone in real time. */
export class Encoder {
  readonly exited: Promise<void>;
  private readonly child: ChildProcess;
  private tail = '';

  /** `url` is the ingest URL with the stream key; it shows in ffmpeg's own arguments, as in every encoder's. */
  constructor(ffmpegPath: string, url: string, streamKey: string, options: { clock: boolean }) {
    const picture = options.clock ? `${PICTURE},${CLOCK}` : PICTURE;
    this.child = spawn(
      ffmpegPath,
      [
        ...['-nostdin', '-hide_banner', '-v', 'error', '-re', '-f', 'lavfi', '-i', picture],
        ...['-re', '-f', 'lavfi', '-i', SOUND, ...X264, '-g', GOP_FRAMES, '-keyint_min', GOP_FRAMES],
        ...['-sc_threshold', '0', '-b:v', '2000k', '-maxrate', '2500k', '-bufsize', '4000k'],
        ...['-c:a', 'aac', '-b:a', '96k', '-ac', '2', '-f', 'flv', url],
      ],
      // Ctrl-C is for the demo, which then stops this in order.
      { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
    );
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.tail = (this.tail + text.replaceAll(streamKey, '<stream key>')).slice(-TAIL_CHARS);
    });
    this.exited = new Promise((resolve) => {
      this.child.once('close', () => resolve());
      this.child.once('error', (error) => {
        this.tail += error.message;
        resolve();
      });
    });
  }

  /** What ffmpeg said, without the stream key. */
  get said(): string {
    return this.tail.trim();
  }

  /** As if its machine lost power: no goodbye. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** An orderly stop, as by the encoder's own button. */
  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.exited;
    clearTimeout(timer);
  }
}
