/** One segment of one playlist, as bandwidth counts it. */
export interface Measured {
  bytes: number;
  seconds: number;
}

export interface Bandwidth {
  /** Bits per second: the largest of any run of segments that lasts 0.5 to 1.5 target durations (RFC 8216, 4.3.4.2). */
  peak: number;
  average: number;
}

const BITS_PER_BYTE = 8;

/** True bandwidth of a playlist's segments. Nothing measured: zeros. */
export function bandwidthOf(segments: Measured[], targetSeconds: number): Bandwidth {
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const seconds = segments.reduce((sum, segment) => sum + segment.seconds, 0);
  if (seconds <= 0) return { peak: 0, average: 0 };
  const average = rate(bytes, seconds);
  let peak = 0;
  for (let from = 0; from < segments.length; from += 1) {
    let runBytes = 0;
    let runSeconds = 0;
    for (let to = from; to < segments.length && runSeconds <= targetSeconds * 1.5; to += 1) {
      runBytes += segments[to]!.bytes;
      runSeconds += segments[to]!.seconds;
      const counts = runSeconds >= targetSeconds * 0.5 && runSeconds <= targetSeconds * 1.5;
      if (counts) peak = Math.max(peak, rate(runBytes, runSeconds));
    }
  }
  return { peak: Math.max(peak, average), average };
}

const rate = (bytes: number, seconds: number): number => Math.ceil((bytes * BITS_PER_BYTE) / seconds);
