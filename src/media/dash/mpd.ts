import { bitRates } from '../hls/master';
import { INIT_FILE } from '../packager/segment-files';
import { OUTPUT_OFFSET_MS } from '../ffmpeg/args';
import type { LiveView } from '../timeline/live-index';
import type { PartRecord, SegmentFile, SegmentRecord, TimelineTrack } from '../timeline/types';

/** Three segments behind the newest, as in HLS. */
const PRESENTATION_DELAY_S = 6;
const MIN_BUFFER_S = 2;
const UPDATE_PERIOD_S = 2;

/** The live MPD: dynamic, a Period a part, times from the timeline. `timeUrl` answers the server's clock (http-iso). */
export function renderMpd(view: LiveView, timeUrl: string, now: Date): string {
  const first = view.segments[0];
  const last = view.segments[view.segments.length - 1];
  if (!first || !last) throw new Error('a view without segments can not be rendered');
  const endMs = last.startMs + last.durationMs;
  const attributes = [
    'xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="dynamic"',
    `availabilityStartTime="${new Date(view.zeroAtMs).toISOString()}" publishTime="${now.toISOString()}"`,
    `minBufferTime="${duration(MIN_BUFFER_S)}" timeShiftBufferDepth="${duration((endMs - first.startMs) / 1000)}"`,
    `suggestedPresentationDelay="${duration(PRESENTATION_DELAY_S)}" maxSegmentDuration="${duration(view.targetSeconds)}"`,
    view.ended
      ? `mediaPresentationDuration="${duration(endMs / 1000)}"`
      : `minimumUpdatePeriod="${duration(UPDATE_PERIOD_S)}"`,
  ];
  const body = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<MPD ${attributes.join(' ')}>`,
    ...view.parts.flatMap((part) => period(view, part)),
    `  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="${timeUrl}"/>`,
    '</MPD>',
  ];
  return `${body.join('\n')}\n`;
}

function period(view: LiveView, part: PartRecord): string[] {
  const segments = view.segments.filter((segment) => segment.part === part.part);
  const last = segments[segments.length - 1];
  if (!last) return [];
  const isNewest = part === view.parts[view.parts.length - 1];
  // An open Period may grow; a closed one says how long it was, so that the hole behind it is not waited for.
  const closed = !isNewest || view.ended;
  const lengthMs = last.startMs + last.durationMs - part.baseMs;
  return [
    `  <Period id="${part.part}" start="${duration(part.baseMs / 1000)}"${closed ? ` duration="${duration(lengthMs / 1000)}"` : ''}>`,
    ...adaptationSet(view, part, segments, 'video'),
    ...adaptationSet(view, part, segments, 'audio'),
    '  </Period>',
  ];
}

function adaptationSet(
  view: LiveView,
  part: PartRecord,
  segments: SegmentRecord[],
  kind: 'video' | 'audio',
): string[] {
  const tracks = part.tracks.filter(
    (track) => track.kind === kind && segments.some((one) => one.tracks[track.id]),
  );
  if (tracks.length === 0) return [];
  return [
    `    <AdaptationSet id="${kind === 'video' ? 0 : 1}" contentType="${kind}" mimeType="${kind}/mp4" segmentAlignment="true" startWithSAP="1">`,
    ...tracks.flatMap((track) => representation(view, part, segments, track)),
    '    </AdaptationSet>',
  ];
}

function representation(
  view: LiveView,
  part: PartRecord,
  segments: SegmentRecord[],
  track: TimelineTrack,
): string[] {
  const size = track.width && track.height ? ` width="${track.width}" height="${track.height}"` : '';
  const rate = track.frameRate ? ` frameRate="${frameRate(track.frameRate)}"` : '';
  const sampling = track.sampleRate ? ` audioSamplingRate="${track.sampleRate}"` : '';
  const bandwidth = Math.max(1, Math.ceil(bitRates(view.rates.get(track.id)).peak));
  return [
    `      <Representation id="${track.id}" codecs="${track.codec}" bandwidth="${bandwidth}"${size}${rate}${sampling}>`,
    ...(track.channels ? [channels(track.channels)] : []),
    ...segmentLines(part, segments, track),
    '      </Representation>',
  ];
}

/** A template where the files are numbered without a hole, which is nearly always; else the files by name. */
function segmentLines(part: PartRecord, segments: SegmentRecord[], track: TimelineTrack): string[] {
  const files = segments.flatMap((segment) => segment.tracks[track.id] ?? []);
  const base = `${part.part}/${track.id}`;
  const offset = Math.round(((part.baseMs + OUTPUT_OFFSET_MS) * track.timescale) / 1000);
  const common = `timescale="${track.timescale}" presentationTimeOffset="${offset}"`;
  const timeline = ['<SegmentTimeline>', ...timelineOf(files), '</SegmentTimeline>'];
  const numbers = files.map((file) => Number.parseInt(file.file, 10));
  const start = numbers[0] ?? 1;
  const lines = numbers.every((number, i) => number === start + i)
    ? [
        `<SegmentTemplate ${common} startNumber="${start}" initialization="${base}/${INIT_FILE}" media="${base}/$Number%05d$.m4s">`,
        ...timeline,
        '</SegmentTemplate>',
      ]
    : [
        `<SegmentList ${common}>`,
        `<Initialization sourceURL="${base}/${INIT_FILE}"/>`,
        ...timeline,
        ...files.map((file) => `<SegmentURL media="${base}/${file.file}"/>`),
        '</SegmentList>',
      ];
  return lines.map((line) => `        ${line}`);
}

/** Equal neighbours once with a count; the time is said wherever it does not follow. */
function timelineOf(files: SegmentFile[]): string[] {
  const runs: { t: number; d: number; repeats: number; follows: boolean }[] = [];
  let end = -1;
  for (const { t, d } of files) {
    const run = runs[runs.length - 1];
    if (run && run.d === d && t === end) run.repeats += 1;
    else runs.push({ t, d, repeats: 0, follows: t === end });
    end = t + d;
  }
  return runs.map(
    ({ t, d, repeats, follows }) =>
      `<S${follows ? '' : ` t="${t}"`} d="${d}"${repeats ? ` r="${repeats}"` : ''}/>`,
  );
}

const channels = (count: number): string =>
  `        <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="${count}"/>`;

/** DASH takes a whole number or a fraction. */
const frameRate = (rate: number): string =>
  Number.isInteger(rate) ? String(rate) : `${Math.round(rate * 1000)}/1000`;

const duration = (seconds: number): string => `PT${seconds.toFixed(3)}S`;
