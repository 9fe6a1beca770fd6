import type { SegmentFile, TimelineTrack } from '../timeline/types';
import { bandwidthOf } from './bandwidth';
import { addressOf, dashPeriods, type DashPeriod } from './dash-periods';
import { INIT_FILE, trackBase } from './names';
import type { VodPart, VodPlan } from './plan';

/** ISO 23009-1 wants it: how much a player should hold before it starts; one segment. */
const MIN_BUFFER_SECONDS = 2;

/**
 * The VOD as a static MPD, a Period a part (more where a track's files of a part have a hole in their numbers).
 * Pauses are left out: Periods follow each other without a hole. Segments are named by a template: dash.js ignores the
 * SegmentTimeline of a SegmentList.
 */
export function renderManifest(plan: VodPlan): string {
  const periods = dashPeriods(plan);
  const total = periods.reduce((sum, period) => sum + period.durationSeconds, 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-main:2011" type="static"' +
      ` mediaPresentationDuration="${duration(total)}" minBufferTime="${duration(MIN_BUFFER_SECONDS)}">`,
    ...periods.flatMap(renderPeriod),
    '</MPD>',
    '',
  ].join('\n');
}

function renderPeriod(period: DashPeriod): string[] {
  return [
    `  <Period id="${period.id}" start="${duration(period.startSeconds)}" duration="${duration(period.durationSeconds)}">`,
    ...adaptationSet(period, 'video', 0),
    ...adaptationSet(period, 'audio', 1),
    '  </Period>',
  ];
}

function adaptationSet(part: VodPart, kind: 'video' | 'audio', id: number): string[] {
  const tracks = part.record.tracks.filter((track) => track.kind === kind && filesOf(part, track).length > 0);
  if (tracks.length === 0) return [];
  return [
    `    <AdaptationSet id="${id}" contentType="${kind}" mimeType="${kind}/mp4" segmentAlignment="true" startWithSAP="1">`,
    ...tracks.flatMap((track) => representation(part, track)),
    '    </AdaptationSet>',
  ];
}

function representation(part: VodPart, track: TimelineTrack): string[] {
  const files = filesOf(part, track);
  const measured = files.map((file) => ({ bytes: file.bytes, seconds: file.d / track.timescale }));
  const base = trackBase(part.folder, track.id);
  const address = addressOf(files[0]!);
  const target = Math.max(1, ...distinct(measured.map((one) => Math.round(one.seconds))));
  const size = track.width && track.height ? ` width="${track.width}" height="${track.height}"` : '';
  const rate = track.frameRate ? ` frameRate="${frameRate(track.frameRate)}"` : '';
  const sampling = track.sampleRate ? ` audioSamplingRate="${track.sampleRate}"` : '';
  return [
    `      <Representation id="${track.id}" codecs="${track.codec}" bandwidth="${Math.max(1, bandwidthOf(measured, target).peak)}"` +
      `${size}${rate}${sampling}>`,
    ...(track.channels ? [channels(track.channels)] : []),
    `        <SegmentTemplate timescale="${track.timescale}"` +
      ` presentationTimeOffset="${Math.round(part.originSeconds * track.timescale)}"` +
      ` ${address.number === null ? '' : `startNumber="${address.number}" `}initialization="${base}${INIT_FILE}" media="${base}${address.media}">`,
    '          <SegmentTimeline>',
    ...timeline(files).map((line) => `            ${line}`),
    '          </SegmentTimeline>',
    '        </SegmentTemplate>',
    '      </Representation>',
  ];
}

const channels = (count: number): string =>
  `        <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="${count}"/>`;

/** Equal neighbours are written once with a count; a hole begins a new S with its own time. */
function timeline(files: SegmentFile[]): string[] {
  const runs: { t: number; d: number; count: number; explicit: boolean }[] = [];
  let end: number | null = null;
  for (const file of files) {
    const run = runs[runs.length - 1];
    if (run && run.d === file.d && end === file.t) run.count += 1;
    else runs.push({ t: file.t, d: file.d, count: 1, explicit: end !== file.t });
    end = file.t + file.d;
  }
  return runs.map(
    (run) =>
      `<S${run.explicit ? ` t="${run.t}"` : ''} d="${run.d}"${run.count > 1 ? ` r="${run.count - 1}"` : ''}/>`,
  );
}

function filesOf(part: VodPart, track: TimelineTrack): SegmentFile[] {
  return part.segments.flatMap((segment) => segment.tracks[track.id] ?? []);
}

/** Millions of arguments would overflow the stack: there are only a few distinct values. */
const distinct = (values: number[]): number[] => [...new Set(values)];

/** DASH takes a fraction, not a decimal: 29.97 is 30000/1001. */
function frameRate(rate: number): string {
  if (Number.isInteger(rate)) return String(rate);
  const nominal = Math.round(rate);
  return Math.abs(rate - (nominal * 1000) / 1001) < 0.01
    ? `${nominal * 1000}/1001`
    : `${Math.round(rate * 1000)}/1000`;
}

const duration = (seconds: number): string => `PT${seconds.toFixed(3)}S`;
