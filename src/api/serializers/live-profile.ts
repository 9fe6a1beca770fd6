import { LIVE_AUDIO_KBPS, LIVE_LADDER, LIVE_SEGMENT_SECONDS } from '../../domain/live-ladder';

const BITS_PER_KBIT = 1_000;

/** Smallest first, as FlipFlop lists them. */
const videoStreams = LIVE_LADDER.map(({ shortSide, kbps }) => ({
  name: `${shortSide}p`,
  type: 'video',
  width: (shortSide * 16) / 9,
  height: shortSide,
  bitrate: kbps * BITS_PER_KBIT,
})).reverse();

/** The one profile that live streams are encoded with, as FlipFlop shows its system profiles. */
export const LIVE_PROFILE = {
  id: 7,
  state: 'ACTIVE',
  type: 'BROADCAST_RTMP',
  name: 'CMAF for 16:9 landscape',
  profile: {
    segmentDuration: LIVE_SEGMENT_SECONDS,
    videoStreams,
    audioStream: { name: 'audio', type: 'audio', bitrate: LIVE_AUDIO_KBPS * BITS_PER_KBIT },
    drm: false,
  },
  revision: 1,
} as const;
