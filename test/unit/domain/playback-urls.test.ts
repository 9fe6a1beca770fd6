import { OUTPUT_MODES } from '../../../src/domain/output-mode';
import { NO_PLAYBACK_URLS, playbackUrls, renditionUrl, vodUrls } from '../../../src/domain/playback-urls';

const BASES = { http: 'http://media.example:8081', rtmp: 'rtmp://media.example:1935' };
const HLS = 'http://media.example:8081/live/n4me/master.m3u8';
const DASH = 'http://media.example:8081/live/n4me/manifest.mpd';
const RTMP = 'rtmp://media.example:1935/live/n4me';
const FLV = 'http://media.example:8081/egress/n4me.flv';

describe('playback URLs', () => {
  test('RTMP: no CMAF, and RTMP is the main one', () => {
    expect(playbackUrls(BASES, 'n4me', 'RTMP')).toEqual({
      playUrl: RTMP,
      cmafHlsPlayUrl: null,
      cmafDashPlayUrl: null,
      rtmpPlayUrl: RTMP,
      httpFlvPlayUrl: FLV,
      liveUrl: RTMP,
    });
  });

  test('CMAF: HLS is the main one', () => {
    expect(playbackUrls(BASES, 'n4me', 'CMAF')).toEqual({
      playUrl: HLS,
      cmafHlsPlayUrl: HLS,
      cmafDashPlayUrl: DASH,
      rtmpPlayUrl: null,
      httpFlvPlayUrl: null,
      liveUrl: HLS,
    });
  });

  test('RTMP_CMAF: all four, HLS the main one', () => {
    expect(playbackUrls(BASES, 'n4me', 'RTMP_CMAF')).toEqual({
      playUrl: HLS,
      cmafHlsPlayUrl: HLS,
      cmafDashPlayUrl: DASH,
      rtmpPlayUrl: RTMP,
      httpFlvPlayUrl: FLV,
      liveUrl: HLS,
    });
  });

  test('every URL is made of a base and the playback name only, so no stream key can get in', () => {
    for (const mode of OUTPUT_MODES) {
      for (const url of Object.values(playbackUrls(BASES, 'n4me', mode))) {
        if (url !== null)
          expect(url).toMatch(
            /^(http:\/\/media\.example:8081\/(live\/n4me\/(master\.m3u8|manifest\.mpd)|egress\/n4me\.flv)|rtmp:\/\/media\.example:1935\/live\/n4me)$/,
          );
      }
    }
  });

  test('nothing to play: the same fields, all null', () => {
    expect(Object.keys(NO_PLAYBACK_URLS).sort()).toEqual(
      Object.keys(playbackUrls(BASES, 'x', 'CMAF')).sort(),
    );
    expect(Object.values(NO_PLAYBACK_URLS).every((url) => url === null)).toBe(true);
  });

  test('VOD', () => {
    expect(vodUrls(BASES, 'p0st')).toEqual({
      hls: 'http://media.example:8081/vod/p0st/master.m3u8',
      dash: 'http://media.example:8081/vod/p0st/manifest.mpd',
      mp4: 'http://media.example:8081/vod/p0st/original.mp4',
    });
    expect(renditionUrl(BASES, 'p0st', '720p')).toBe('http://media.example:8081/vod/p0st/ladder/720p.mp4');
  });
});
