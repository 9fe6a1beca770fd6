import type { SegmentRecord, TimelineTrack } from '../timeline/types';
import { bandwidthOf, type Bandwidth, type Measured } from './bandwidth';
import { initUri, playlistName, segmentUri, trackBase } from './names';
import type { VodPart, VodPlan, VodRendition } from './plan';

/** Fragmented MP4 with EXT-X-MAP needs 7; a marked gap needs 8. */
const HLS_VERSION = 8;
const AUDIO_GROUP = 'audio';

interface Entry {
  seconds: number;
  bytes: number;
  /** Null: nothing was recorded there (EXT-X-GAP). */
  uri: string | null;
}

/** One rendition's VOD media playlist, all parts in order. URIs are relative to the VOD's folder. */
export function renderMediaPlaylist(plan: VodPlan, rendition: VodRendition): string {
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${HLS_VERSION}`,
    `#EXT-X-TARGETDURATION:${targetSeconds(plan, rendition)}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXT-X-INDEPENDENT-SEGMENTS',
  ];
  plan.parts.forEach((part, at) => {
    const track = rendition.tracks[at] ?? null;
    if (at > 0) lines.push('#EXT-X-DISCONTINUITY');
    if (track) lines.push(`#EXT-X-MAP:URI="${initUri(part.folder, track.id)}"`);
    const date = wallClock(part, track);
    if (date) lines.push(`#EXT-X-PROGRAM-DATE-TIME:${date}`);
    for (const entry of entriesOf(part, rendition, at)) {
      if (entry.uri === null) lines.push('#EXT-X-GAP');
      lines.push(`#EXTINF:${entry.seconds.toFixed(6)},`, entry.uri ?? gapUri(part, rendition));
    }
  });
  lines.push('#EXT-X-ENDLIST', '');
  return lines.join('\n');
}

/** The master playlist: each video rendition a variant with the audio group, or the audio alone. */
export function renderMasterPlaylist(plan: VodPlan): string {
  const lines = ['#EXTM3U', `#EXT-X-VERSION:${HLS_VERSION}`, '#EXT-X-INDEPENDENT-SEGMENTS'];
  const [mainAudio] = plan.audio;
  const audioBandwidth = mainAudio ? renditionBandwidth(plan, mainAudio) : { peak: 0, average: 0 };
  if (plan.video.length === 0 && mainAudio) {
    lines.push(streamInf(audioBandwidth, codecs(mainAudio)), playlistUri(plan, mainAudio));
    return `${lines.join('\n')}\n`;
  }
  plan.audio.forEach((audio, at) => {
    const channels = audio.tracks.find((track) => track?.channels)?.channels;
    lines.push(
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${AUDIO_GROUP}",NAME="${audio.id}",DEFAULT=${at === 0 ? 'YES' : 'NO'},` +
        `AUTOSELECT=YES${channels ? `,CHANNELS="${channels}"` : ''},URI="${playlistUri(plan, audio)}"`,
    );
  });
  for (const video of plan.video) {
    const own = renditionBandwidth(plan, video);
    const total = { peak: own.peak + audioBandwidth.peak, average: own.average + audioBandwidth.average };
    const names = [...codecs(video), ...(mainAudio ? codecs(mainAudio) : [])];
    const audio = mainAudio ? `,AUDIO="${AUDIO_GROUP}"` : '';
    lines.push(streamInf(total, names) + picture(video) + audio, playlistUri(plan, video));
  }
  return `${lines.join('\n')}\n`;
}

const playlistUri = (plan: VodPlan, rendition: VodRendition): string =>
  plan.playlists + playlistName(rendition.id);

/** Measured bandwidth of one rendition over the whole VOD. */
function renditionBandwidth(plan: VodPlan, rendition: VodRendition): Bandwidth {
  const measured: Measured[] = plan.parts.flatMap((part, at) => entriesOf(part, rendition, at));
  return bandwidthOf(measured, targetSeconds(plan, rendition));
}

/** Distinct codecs over all parts: an encoder may come back with another profile. */
export function codecs(rendition: VodRendition): string[] {
  return [...new Set(rendition.tracks.flatMap((track) => (track ? [track.codec] : [])))];
}

function entriesOf(part: VodPart, rendition: VodRendition, at: number): Entry[] {
  const track = rendition.tracks[at] ?? null;
  return part.segments.map((segment: SegmentRecord) => {
    const file = track && segment.tracks[track.id];
    if (!file) return { seconds: segment.durationMs / 1000, bytes: 0, uri: null };
    return {
      seconds: file.d / track.timescale,
      bytes: file.bytes,
      uri: segmentUri(part.folder, track.id, file),
    };
  });
}

/** A gap still needs a URI; players never load it. */
const gapUri = (part: VodPart, rendition: VodRendition): string =>
  `${trackBase(part.folder, rendition.id)}gap.m4s`;

/** RFC 8216: no EXTINF, rounded, may be above it. */
function targetSeconds(plan: VodPlan, rendition: VodRendition): number {
  let target = 1;
  plan.parts.forEach((part, at) => {
    for (const entry of entriesOf(part, rendition, at)) target = Math.max(target, Math.round(entry.seconds));
  });
  return target;
}

/** When the track's first live segment was on air: sound begins up to a frame beside the picture. */
function wallClock(part: VodPart, track: TimelineTrack | null): string | null {
  if (part.record.startedAt === null) return null;
  const [first] = part.segments;
  const file = track && first?.tracks[track.id];
  const besideMs = track && file ? (file.t / track.timescale - part.originSeconds) * 1000 : 0;
  const offsetMs = (first?.startMs ?? part.record.baseMs) - part.record.baseMs + besideMs;
  return new Date(Date.parse(part.record.startedAt) + offsetMs).toISOString();
}

function streamInf(bandwidth: Bandwidth, names: string[]): string {
  return (
    `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth.peak},AVERAGE-BANDWIDTH=${bandwidth.average},` +
    `CODECS="${[...new Set(names)].join(',')}"`
  );
}

/** The largest picture of the rendition, as the variant's RESOLUTION promises. */
function picture(rendition: VodRendition): string {
  const largest = rendition.tracks
    .filter((track) => track !== null)
    .sort((a, b) => (b.width ?? 0) * (b.height ?? 0) - (a.width ?? 0) * (a.height ?? 0))[0];
  if (!largest?.width || !largest.height) return '';
  const rate = largest.frameRate ? `,FRAME-RATE=${largest.frameRate.toFixed(3)}` : '';
  return `,RESOLUTION=${largest.width}x${largest.height}${rate}`;
}
