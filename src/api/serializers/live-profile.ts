/** The one profile that live streams are encoded with, as FlipFlop shows its system profiles. */
export const LIVE_PROFILE = {
  id: 7,
  state: 'ACTIVE',
  type: 'BROADCAST_RTMP',
  name: 'CMAF for 16:9 landscape',
  profile: {
    segmentDuration: 2,
    videoStreams: [
      { name: '360p', type: 'video', width: 640, height: 360, bitrate: 800_000 },
      { name: '720p', type: 'video', width: 1280, height: 720, bitrate: 3_000_000 },
    ],
    audioStream: { name: 'audio', type: 'audio', bitrate: 128_000 },
    drm: false,
  },
  revision: 1,
} as const;
