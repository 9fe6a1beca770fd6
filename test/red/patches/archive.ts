import { fast, type Row } from '../row';

/** The recording: test/archive. */
export const ARCHIVE: Row[] = [
  ...fast([
    {
      suite: 'archive/ffmpeg-job',
      test: 'an ffmpeg that stops reading is judged by its log, not by the broken pipe',
      file: 'src/media/archive/ffmpeg-job.ts',
      find: "if (!WRITING_CODES.has(error.code ?? '')) readError ??= error;",
      replace: 'readError ??= error;',
      why: "ffmpeg's refusal is told as a broken pipe",
    },
    {
      suite: 'archive/vod',
      test: 'the manifest has a Period a part, back to back, and plays',
      file: 'src/media/vod/dash-periods.ts',
      find: '      startSeconds += durationSeconds;\n',
      replace: '',
      why: 'all parts of a VOD begin at its beginning',
    },
    {
      suite: 'archive/original',
      test: 'what is left of a killed attempt is cleared away',
      file: 'src/media/archive/make-original.ts',
      find: '  await removeLeftovers(request.vodDir);\n',
      replace: '',
      why: 'what killed attempts left fills the disk',
    },
    {
      suite: 'archive/failures',
      test: 'but not for ever',
      file: 'src/activities/archive/failures.ts',
      find: 'activityInfo().attempt >= MAX_DISK_FULL_ATTEMPTS',
      replace: 'activityInfo().attempt > MAX_DISK_FULL_ATTEMPTS',
      why: 'an archive waits for a full disk longer than it says',
    },
  ]),
  {
    suite: 'archive/activities',
    test: 'media that is lost fails for good: the post says so',
    file: 'src/activities/archive/finish-video-post.ts',
    find: '      if (videoPostId !== null) await markPostFailed(knex, videoPostId, failure);\n',
    replace: '      if (videoPostId !== null) return;\n',
    why: 'a post whose archive failed looks as if it were worked on for ever',
  },
  {
    suite: 'archive/ladder',
    test: 'a picture with sound: MP4s, segments and playlists of each size, in step',
    file: 'src/media/ladder/plan.ts',
    find: 'const gopFrames = Math.max(1, Math.round(profile.segmentSeconds * rate));',
    replace: 'const gopFrames = Math.max(1, Math.round(2 * profile.segmentSeconds * rate));',
    why: 'segments are twice as long as the profile says',
  },
  {
    suite: 'archive/ladder-sources',
    test: 'a rate that varies becomes constant, and each instant shows what it showed',
    file: 'src/media/ladder/chunk-args.ts',
    find: "args.push('-noaccurate_seek', '-ss',",
    replace: "args.push('-ss',",
    why: 'a chunk that begins in a still picture shows the next one',
  },
  {
    suite: 'archive/ladder-playback',
    test: 'a show of two sessions: the ladder takes the same addresses, and who watches the live segments goes on',
    file: 'src/media/ladder/publish-ladder.ts',
    find: 'segments: folder, playlists: folder',
    replace: "segments: folder, playlists: ''",
    why: 'the master names playlists that are not there',
  },
  {
    suite: 'archive/ladder-attempts',
    test: 'an attempt that comes late leaves what is being watched as it is',
    file: 'src/media/ladder/package-ladder.ts',
    find: '    if (there && (await isWhole(context.paths, there))) return there;\n',
    replace: '    if (there && !(await isWhole(context.paths, there))) return there;\n',
    why: 'an attempt that was given up makes anew what is being watched',
  },
];
