/** What all runs begin with: nothing asked on stdin, and each log line with its level (`classifyLogLine` reads it). */
export const LOG_FLAGS: readonly string[] = [
  '-nostdin',
  '-hide_banner',
  '-loglevel',
  'repeat+level+warning',
  '-nostats',
];

/** What a line of ffmpeg's log means for us (research/packaging.md section 5: judge by text, never by exit code). */
export type LogVerdict = 'configuration' | 'retryable' | 'data' | 'other';

const CONFIGURATION = [
  'Option not found',
  'Error initializing output stream',
  'matches no streams',
  'Conflicting stream aspect ratios',
  'could not find codec parameters',
  'Unknown encoder',
];
const RETRYABLE = ['Input/output error', 'Connection refused', 'Broken pipe', 'Cannot allocate memory'];
const DATA = ['Packet corrupt', 'non monotonically', 'out of range', 'Unable to seek to the next packet'];

export function classifyLogLine(line: string): LogVerdict {
  const says = (texts: string[]): boolean =>
    texts.some((text) => line.toLowerCase().includes(text.toLowerCase()));
  if (says(CONFIGURATION)) return 'configuration';
  if (says(RETRYABLE)) return 'retryable';
  return says(DATA) ? 'data' : 'other';
}
