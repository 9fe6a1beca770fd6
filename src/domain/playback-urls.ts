import { offersCmaf, offersRtmp, type OutputMode } from './output-mode';

/** Public base addresses, without a trailing slash: `http://host:8081`, `rtmp://host:1935`. */
export interface PlaybackBases {
  http: string;
  rtmp: string;
}

/** FlipFlop's play URLs. All are null when nothing can be played. */
export interface PlaybackUrls {
  playUrl: string | null;
  cmafHlsPlayUrl: string | null;
  cmafDashPlayUrl: string | null;
  rtmpPlayUrl: string | null;
  httpFlvPlayUrl: string | null;
  /** The older name of `playUrl` (Jul 2023 clients). */
  liveUrl: string | null;
}

export const NO_PLAYBACK_URLS: PlaybackUrls = {
  playUrl: null,
  cmafHlsPlayUrl: null,
  cmafDashPlayUrl: null,
  rtmpPlayUrl: null,
  httpFlvPlayUrl: null,
  liveUrl: null,
};

/**
 * URLs of one playback name: a session's preview name or a room's public name, never a stream key.
 * The main URL is HLS whenever CMAF is on, else RTMP. None has a query, since clients append theirs; `egress` stands in the
 * path of HTTP-FLV and of nothing else, since players choose their FLV demuxer by it.
 */
export function playbackUrls(bases: PlaybackBases, name: string, mode: OutputMode): PlaybackUrls {
  const cmaf = offersCmaf(mode);
  const rtmp = offersRtmp(mode);
  const hls = cmaf ? `${bases.http}/live/${name}/master.m3u8` : null;
  const rtmpUrl = rtmp ? `${bases.rtmp}/live/${name}` : null;
  const main = hls ?? rtmpUrl;
  return {
    playUrl: main,
    cmafHlsPlayUrl: hls,
    cmafDashPlayUrl: cmaf ? `${bases.http}/live/${name}/manifest.mpd` : null,
    rtmpPlayUrl: rtmpUrl,
    httpFlvPlayUrl: rtmp ? `${bases.http}/egress/${name}.flv` : null,
    liveUrl: main,
  };
}

/** VOD URLs of a video post's playback name. */
export const vodUrls = (bases: PlaybackBases, name: string) => ({
  hls: `${bases.http}/vod/${name}/master.m3u8`,
  dash: `${bases.http}/vod/${name}/manifest.mpd`,
  mp4: `${bases.http}/vod/${name}/original.mp4`,
});

/** A file beside a VOD's playlists: its original, thumbnail or preview. */
export const vodFileUrl = (bases: PlaybackBases, name: string, file: string): string =>
  `${bases.http}/vod/${name}/${file}`;

/** The MP4 of one of a VOD's renditions, such as `720p`. */
export const renditionUrl = (bases: PlaybackBases, name: string, rendition: string): string =>
  `${bases.http}/vod/${name}/ladder/${rendition}.mp4`;
