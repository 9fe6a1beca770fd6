import type { LiveView, TrackRate } from '../timeline/live-index';
import type { TimelineTrack } from '../timeline/types';

const AUDIO_GROUP = 'audio';

/** The HLS master playlist of the newest part's tracks, with bit rates as measured so far. */
export function renderMaster(view: LiveView): string {
  const tracks = view.parts[view.parts.length - 1]?.tracks ?? [];
  const audio = tracks.find((track) => track.kind === 'audio');
  const video = tracks.filter((track) => track.kind === 'video');
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS'];
  if (audio && video.length > 0) {
    const channels = audio.channels ? `,CHANNELS="${audio.channels}"` : '';
    lines.push(
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${AUDIO_GROUP}",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES${channels},URI="${playlistName(audio.id)}"`,
    );
  }
  for (const track of video.length > 0 ? video : tracks) lines.push(...variant(view, track, audio));
  return `${lines.join('\n')}\n`;
}

const playlistName = (track: string): string => `${track}.m3u8`;

function variant(view: LiveView, track: TimelineTrack, audio: TimelineTrack | undefined): string[] {
  const beside = audio && audio !== track ? audio : null;
  const rates = [track, beside].flatMap((one) => (one ? [bitRates(view.rates.get(one.id))] : []));
  const sum = (pick: (rate: { peak: number; average: number }) => number): number =>
    Math.max(1, Math.ceil(rates.reduce((total, rate) => total + pick(rate), 0)));
  const attributes = [
    `BANDWIDTH=${sum((rate) => rate.peak)}`,
    `AVERAGE-BANDWIDTH=${sum((rate) => rate.average)}`,
    `CODECS="${[track.codec, ...(beside ? [beside.codec] : [])].join(',')}"`,
  ];
  if (track.width && track.height) attributes.push(`RESOLUTION=${track.width}x${track.height}`);
  if (track.frameRate) attributes.push(`FRAME-RATE=${track.frameRate.toFixed(3)}`);
  if (beside) attributes.push(`AUDIO="${AUDIO_GROUP}"`);
  return [`#EXT-X-STREAM-INF:${attributes.join(',')}`, playlistName(track.id)];
}

/** Bits per second of a track, as measured; zeros before its first segment. */
export function bitRates(rate: TrackRate | undefined): { peak: number; average: number } {
  if (!rate || rate.seconds === 0) return { peak: 0, average: 0 };
  return { peak: rate.peak, average: (rate.bytes * 8) / rate.seconds };
}
