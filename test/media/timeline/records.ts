import type { PartRecord, SegmentRecord } from '../../../src/media/timeline/types';

export const GO_LIVE_AT = '2030-01-01T00:00:10.000Z';

/** A part whose first media came `atMs` after midnight. */
export function part(
  sessionId: string,
  atMs: number,
  baseMs: number,
  extra: Partial<PartRecord> = {},
): PartRecord {
  return {
    type: 'part',
    part: 0,
    sessionId,
    sessionPart: 0,
    startedAt: new Date(Date.parse('2030-01-01T00:00:00.000Z') + atMs).toISOString(),
    baseMs,
    sessionStartMs: 0,
    tracks: [
      {
        id: 'v720',
        kind: 'video',
        codec: 'avc1.64001f',
        width: 1280,
        height: 720,
        frameRate: 30,
        timescale: 15_360,
      },
      {
        id: 'v360',
        kind: 'video',
        codec: 'avc1.64001e',
        width: 640,
        height: 360,
        frameRate: 30,
        timescale: 15_360,
      },
      { id: 'audio', kind: 'audio', codec: 'mp4a.40.2', channels: 2, sampleRate: 48_000, timescale: 48_000 },
    ],
    ...extra,
  };
}

export function segment(
  startMs: number,
  durationMs: number,
  bytes = 1_000,
  without: string[] = [],
): SegmentRecord {
  const file = (timescale: number) => ({
    file: `${String(1 + Math.floor(startMs / 2_000)).padStart(5, '0')}.m4s`,
    t: ((startMs + 10_000) * timescale) / 1000,
    d: (durationMs * timescale) / 1000,
    bytes,
  });
  const tracks = { v720: file(15_360), v360: file(15_360), audio: file(48_000) };
  return {
    ...{ type: 'segment' as const, part: 0, seq: 0, startMs, durationMs },
    tracks: Object.fromEntries(Object.entries(tracks).filter(([id]) => !without.includes(id))),
  };
}
