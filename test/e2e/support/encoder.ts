import { spawn, type ChildProcess } from 'node:child_process';

/** Small pictures: the machine's cores are for the server. */
const PICTURE = ['-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25'];
const SOUND = ['-re', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'];
const X264 = [
  '-c:v',
  'libx264',
  '-preset',
  'ultrafast',
  '-tune',
  'zerolatency',
  '-pix_fmt',
  'yuv420p',
  '-g',
  '25',
];
/** As encoders without a low-latency setting send them: pictures in another order than they are shown. */
const WITH_B_FRAMES = [
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '3', '-b_strategy', '0', '-rc-lookahead', '5'],
  ...['-pix_fmt', 'yuv420p', '-g', '25', '-keyint_min', '25', '-sc_threshold', '0'],
];
const AAC = ['-c:a', 'aac', '-b:a', '64k'];

export type Media = 'video and audio' | 'B-frames' | 'video only' | 'audio only';

/** A real encoder that publishes in real time until it is stopped. */
export function startEncoder(url: string, media: Media = 'video and audio'): ChildProcess {
  const video = media !== 'audio only';
  const audio = media !== 'video only';
  const args = ['-nostdin', '-v', 'error', ...(video ? PICTURE : []), ...(audio ? SOUND : [])];
  args.push(
    ...(video ? (media === 'B-frames' ? WITH_B_FRAMES : X264) : []),
    ...(audio ? AAC : []),
    '-f',
    'flv',
    url,
  );
  return spawn('ffmpeg', args, { stdio: 'ignore' });
}

/** Resolves when it is gone. SIGTERM is an orderly goodbye, SIGKILL none. */
export function stopEncoder(encoder: ChildProcess, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  return new Promise((done) => {
    if (encoder.exitCode !== null || encoder.signalCode !== null) return done();
    encoder.once('exit', () => done());
    encoder.kill(signal);
  });
}
