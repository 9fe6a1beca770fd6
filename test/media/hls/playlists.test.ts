import type { types } from 'hls-parser';
import { parse, setOptions } from 'hls-parser';
import { LivePlaylists } from '../../../src/media/broadcast/live-playlists';
import { renderMpd } from '../../../src/media/dash/mpd';
import { renderMaster } from '../../../src/media/hls/master';
import { renderMedia } from '../../../src/media/hls/media';
import { LiveIndex } from '../../../src/media/timeline/live-index';
import { StorageLayout } from '../../../src/storage/layout';
import { part, segment } from '../timeline/records';

setOptions({ strictMode: true });

const LAYOUT = new StorageLayout('/data');
const media = (index: LiveIndex, track: string) =>
  parse(renderMedia(index.view()!, track)!) as types.MediaPlaylist;

function show(windowMs = 60_000): LiveIndex {
  const index = new LiveIndex(windowMs);
  for (let startMs = 0; startMs < 10_000; startMs += 2_000)
    index.add(part('s1', 0, 0), segment(startMs, 2_000));
  return index;
}

test('a resumed session is a discontinuity; times follow the wall clock', () => {
  const index = show();
  index.add(part('s2', 30_000, 30_000), segment(30_000, 1_000));
  const playlist = media(index, 'v360');
  expect(playlist.segments.map(({ discontinuity }) => Boolean(discontinuity))).toEqual([
    false,
    false,
    false,
    false,
    false,
    true,
  ]);
  expect(playlist.segments[5]?.uri).toBe('1/v360/00016.m4s');
  expect(playlist.segments[5]?.map?.uri).toBe('1/v360/init.mp4');
  expect(playlist.segments[5]?.programDateTime?.toISOString()).toBe('2030-01-01T00:00:30.000Z');
  expect(playlist.endlist).toBe(false);
});

test('sequence numbers never go back while the window slides over a discontinuity', () => {
  const index = show(6_000);
  let [sequence, discontinuity] = [-1, -1];
  for (let startMs = 30_000; startMs < 50_000; startMs += 2_000) {
    index.add(part('s2', 30_000, 30_000), segment(startMs, 2_000));
    const playlist = media(index, 'audio');
    expect(playlist.mediaSequenceBase!).toBeGreaterThanOrEqual(sequence);
    expect(playlist.discontinuitySequenceBase!).toBeGreaterThanOrEqual(discontinuity);
    [sequence, discontinuity] = [playlist.mediaSequenceBase!, playlist.discontinuitySequenceBase!];
  }
  expect([sequence, discontinuity]).toEqual([12, 1]);
});

test('a track that had nothing is a gap, so that all playlists count the same', () => {
  const index = show();
  index.add(part('s1', 0, 0), segment(10_000, 2_000, 1_000, ['audio']));
  index.add(part('s1', 0, 0), segment(12_000, 2_000));
  const text = renderMedia(index.view()!, 'audio')!;
  expect(text).toContain('#EXT-X-GAP\n#EXTINF:2.000,\n0/audio/gap.m4s');
  expect(media(index, 'audio').segments).toHaveLength(media(index, 'v720').segments.length);
  const mpd = renderMpd(index.view()!, '/time', new Date());
  expect(mpd).toContain('<SegmentURL media="0/audio/00005.m4s"/>');
  expect(mpd).toContain('media="0/v720/$Number%05d$.m4s"');
});

test('a part without a rendition shows the nearest one of its kind', () => {
  const index = show();
  const small = part('s2', 30_000, 30_000);
  index.add(
    { ...small, tracks: small.tracks.filter(({ id }) => id !== 'v720') },
    segment(30_000, 2_000, 1_000, ['v720']),
  );
  expect(media(index, 'v720').segments[5]?.uri).toBe('1/v360/00016.m4s');
  expect(renderMedia(index.view()!, 'v480')).toBeNull();
});

test('the master says what was measured', () => {
  const master = parse(renderMaster(show().view()!)) as types.MasterPlaylist;
  expect(
    master.variants.map(({ uri, bandwidth, averageBandwidth, frameRate }) => [
      uri,
      bandwidth,
      averageBandwidth,
      frameRate,
    ]),
  ).toEqual([
    ['v720.m3u8', 8_000, 8_000, 30],
    ['v360.m3u8', 8_000, 8_000, 30],
  ]);
});

test('the MPD: Periods at their wall clock, our own clock, an end', () => {
  const index = show();
  index.add(part('s2', 30_000, 30_000), segment(30_000, 1_000));
  const open = renderMpd(index.view()!, 'http://host/time', new Date(0));
  expect(open).toContain('availabilityStartTime="2030-01-01T00:00:00.000Z"');
  expect(open).toContain('<Period id="0" start="PT0.000S" duration="PT10.000S">');
  expect(open).toContain('<Period id="1" start="PT30.000S">');
  expect(open).toContain('presentationTimeOffset="614400"');
  expect(open).toContain('<S t="153600" d="30720" r="4"/>');
  expect(open).toContain(
    '<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="http://host/time"/>',
  );
  expect(open).toContain('minimumUpdatePeriod');
  index.ended = true;
  const ended = renderMpd(index.view()!, '/time', new Date(0));
  expect(ended).toContain('mediaPresentationDuration="PT31.000S"');
  expect(ended).not.toContain('minimumUpdatePeriod');
  expect(media(index, 'v720').endlist).toBe(true);
});

describe('the first request', () => {
  const source = () => {
    const index = new LiveIndex(60_000);
    const listeners = new Set<() => void>();
    const onChange = (listener: () => void) => (listeners.add(listener), () => listeners.delete(listener));
    return { index, listeners, onChange, tell: () => [...listeners].forEach((listener) => listener()) };
  };

  test('waits for the first segment', async () => {
    const live = source();
    const playlists = new LivePlaylists(live, LAYOUT, '/time');
    let answered = false;
    const asked = Promise.all([playlists.master(), playlists.media('v720'), playlists.mpd()]);
    void asked.then(() => (answered = true));
    live.tell();
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    live.index.add(part('s1', 0, 0), segment(0, 1_000));
    live.tell();
    for (const text of await asked) expect(text).not.toBeNull();
    expect(live.listeners.size).toBe(0);
  });

  test('gives up after 3 s', async () => {
    jest.useFakeTimers();
    try {
      const live = source();
      const asked = new LivePlaylists(live, LAYOUT, '/time').master();
      jest.advanceTimersByTime(3_000);
      expect(await asked).toBeNull();
      expect(live.listeners.size).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });
});

test('files: only of parts, tracks and names that there are', () => {
  const index = show();
  const playlists = new LivePlaylists({ index, onChange: () => () => undefined }, LAYOUT, '/time');
  expect(playlists.initFile(0, 'v720')).toBe('/data/sessions/s1/parts/0/v720/init.mp4');
  expect(playlists.segmentFile(0, 'audio', '00001.m4s')).toBe('/data/sessions/s1/parts/0/audio/00001.m4s');
  const wrong = [playlists.initFile(1, 'v720'), playlists.initFile(0, 'v1080'), playlists.initFile(0, '..')];
  const names = ['../index.jsonl', '00001.m4s.tmp', 'init.mp4', '1.m4s', ''];
  expect(
    [...wrong, ...names.map((name) => playlists.segmentFile(0, 'v720', name))].every((path) => path === null),
  ).toBe(true);
});
