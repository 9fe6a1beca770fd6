export { DEFAULT_PLAYBACK_LIMITS, type PlaybackLimits } from './limits';
export type { AccessGate, LivePlaylists, PlaybackMedia, Uploads } from './ports';
export { createPlayback, type Playback, type PlaybackOptions } from './server';
