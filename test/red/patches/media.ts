import { fast, type Row } from '../row';

const PLAIN: Row[] = [
  {
    suite: 'media/packager/cutter',
    test: 'a key frame up to 40 ms early is on the grid',
    file: 'src/media/packager/cutter.ts',
    find: 'startMs >= this.nextGridMs() - GRID_TOLERANCE_MS &&',
    replace: 'startMs >= this.nextGridMs() &&',
    why: 'a key frame that is a millisecond early is missed',
  },
  {
    suite: 'media/packager/mp4',
    test: 'fragments of copied and of encoded tracks are understood',
    file: 'src/media/mp4/fragment.ts',
    find: 'i === 0 && firstFlags !== null ? firstFlags : defaults.flags',
    replace: 'defaults.flags',
    why: "a fragment's key frame is not recognised",
  },
  {
    suite: 'media/flv/configs',
    test: 'the AVC config of',
    file: 'src/media/flv/sps.ts',
    find: 'const unitY = (array === 1 ? 2 : 1) * (framesOnly ? 1 : 2);',
    replace: 'const unitY = array === 1 ? 2 : 1;',
    why: 'cropping of interlaced pictures is halved',
  },
  {
    suite: 'media/flv/recorder',
    test: 'cut anywhere, a recording is shortened to its last complete tag',
    file: 'src/media/flv/truncate.ts',
    find: 'if (reader.completeBytes > 0) {',
    replace: 'if (reader.completeBytes > Infinity) {',
    why: 'the header of a cut recording keeps tracks that never came',
  },
  {
    suite: 'media/timeline/live-index',
    test: 'slides by time, tells what slid, and keeps sequence numbers',
    file: 'src/media/timeline/live-index.ts',
    find: '(segment) => segment.startMs + segment.durationMs > keepFromMs',
    replace: '(segment) => segment.startMs > keepFromMs',
    why: 'a segment leaves the window before it is out of it',
  },
  {
    suite: 'media/timeline/broadcast-timeline',
    test: 'reopened after a crash: a torn last line is cut off',
    file: 'src/media/timeline/index-writer.ts',
    find: '  if (size !== start) await handle.truncate(size);\n',
    replace: '',
    why: 'what a crash tore is written on',
  },
  {
    suite: 'media/feed/feeds',
    test: 'above the close mark it is let go',
    file: 'src/media/feed/viewer-cursor.ts',
    find: "    if (queuedBytes > this.limits.closeAboveBytes) return this.close('too_slow');\n",
    replace: '',
    why: 'a viewer that reads nothing holds ever more memory',
  },
  {
    suite: 'media/hls/playlists',
    test: 'sequence numbers never go back while the window slides over a discontinuity',
    file: 'src/media/hls/media.ts',
    find: '`#EXT-X-DISCONTINUITY-SEQUENCE:${first.part}`',
    replace: "'#EXT-X-DISCONTINUITY-SEQUENCE:0'",
    why: 'the discontinuity sequence stands still',
  },
  {
    suite: 'media/child-env',
    test: 'knows where programs are found, and nothing else of our environment',
    file: 'src/media/ffmpeg/child-env.ts',
    find: 'return { PATH: process.env.PATH };',
    replace: 'return { ...process.env };',
    why: "ffmpeg gets the database's password",
  },
  {
    suite: 'media/plane/plane',
    test: 'new publishes are refused while the disk is nearly full, or the node is',
    file: 'src/media/plane.ts',
    find: 'this.sessions.size >= this.options.limits.maxSessions',
    replace: 'this.sessions.size > this.options.limits.maxSessions',
    why: 'a node takes one session too many',
  },
  {
    suite: 'media/plane/encoders',
    test: 'sound is shown later by the same, and other streams stay as they are',
    file: 'src/media/flv/decode-order.ts',
    find: 'return { ...tag, timestampMs: tag.timestampMs + this.shiftMs };',
    replace: 'return tag;',
    why: 'the sound of a stream that is shown later stays behind',
  },
  {
    suite: 'storage/replace-file',
    test: 'who reads while a file is replaced finds the old content or the new one, whole',
    file: 'src/storage/replace-file.ts',
    find: `  await writeFile(path + UNFINISHED_SUFFIX, content, { flush: true });
  await rename(path + UNFINISHED_SUFFIX, path);
`,
    replace: '  await writeFile(path, content, { flush: true });\n',
    why: 'a file is replaced in place, and read half written',
  },
  {
    suite: 'media/plane/session',
    test: 'sound alone is viewable after two seconds without a picture',
    file: 'src/media/session/viewable-watch.ts',
    find: 'const AUDIO_ONLY_AFTER_MS = 2_000;',
    replace: 'const AUDIO_ONLY_AFTER_MS = 200;',
    why: 'sound that comes before its picture counts as a stream without one',
  },
  {
    suite: 'media/plane/salvage',
    test: 'previews older than a day go at boot',
    file: 'src/media/session/salvage.ts',
    find: 'const PREVIEW_KEEP_MS = 24 * 3_600_000;',
    replace: 'const PREVIEW_KEEP_MS = 48 * 3_600_000;',
    why: 'previews are kept for two days',
  },
  {
    suite: 'media/plane/supervision',
    test: 'an ffmpeg that can not be started breaks a CMAF session, and leaves an RTMP one alone',
    file: 'src/media/packager/session-packager.ts',
    find: 'if (this.isExhausted() && offersCmaf(this.options.mode))',
    replace: 'if (this.isExhausted())',
    why: 'an RTMP session ends with its packager, though nobody watches what that makes',
  },
];

/** Takes ten seconds: not among the fast ones. */
const SWAP: Row = {
  suite: 'playback/ladder',
  test: 'over HTTP: who watches the instant VOD goes on undisturbed',
  file: 'src/playback/handler.ts',
  find: '      const path = join(parts.layout.ladderDir(route.post), route.track, route.file);\n',
  replace: '      const path = join(parts.layout.vodDir(route.post), route.track, route.file);\n',
  why: 'the segments of the renditions are looked for where none are',
};

/** Takes a minute. */
const DOORS: Row = {
  suite: 'access/doors',
  test: 'a pass opens the one resource that it was given for, and none that was changed opens any',
  file: 'src/access/pass.ts',
  find: '    return this.sign(`${kind}/${name}/${bytes',
  replace: '    return this.sign(`${bytes',
  why: 'a pass for one resource opens all',
};

/** Media and playback: test/media and test/playback. */
export const MEDIA: Row[] = [
  SWAP,
  DOORS,
  ...fast([
    ...PLAIN,
    {
      suite: 'playback/http',
      test: 'is 404, small, and not kept by caches',
      file: 'src/playback/route.ts',
      find: "    if (extension === 'mp4' && stem !== 'original') return null;\n",
      replace: '',
      why: "any MP4 in a VOD's folder is served",
    },
    {
      suite: 'playback/flv',
      test: 'a viewer that leaves gives its place back',
      file: 'src/playback/http-flv.ts',
      find: '    viewers.remove(viewer);\n    place();\n',
      replace: '    viewers.remove(viewer);\n',
      why: 'places of viewers that left stay taken',
    },
    {
      suite: 'playback/plane',
      test: 'a broadcast over a drop, watched live by HLS, DASH and HTTP-FLV, and then as VOD',
      file: 'src/media/timeline/live-index.ts',
      find: `    return (
      first !== undefined && (file.length > first.length || (file.length === first.length && file >= first))
    );`,
      replace: '    return first !== undefined;',
      why: "a preview's segments can be fetched under the public name",
    },
  ]),
];
