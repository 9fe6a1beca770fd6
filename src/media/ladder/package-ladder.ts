import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../domain/errors';
import { AUDIO_RENDITION, type PostRendition } from '../../domain/video-profile';
import { replaceContendedFile } from '../../storage/replace-file';
import type { TimelineTrack } from '../timeline/types';
import { renderMediaPlaylist } from '../vod/hls';
import { playlistName } from '../vod/names';
import { sizeOf, unfinishedName } from './files';
import { fps, framesToSeconds } from './frame-rate';
import type { WorkContext } from './make-chunks';
import type { LadderPaths } from './names';
import { packageTrack, type PackagedTrack } from './package-track';
import { shownMs, type LadderPlan } from './plan';
import { isWhole, readRecordOf, writeRecord, type LadderRecord, type RecordedTrack } from './record';
import { ladderVodPlan } from './vod-plan';

/** Sound alone has no key frames to end at: what is left over and shorter than this is part of the segment before. */
const LEAST_LAST_SECONDS = 0.5;

/**
 * Cuts all renditions' MP4s into segments and writes their playlists; the record comes last and makes the ladder whole. An attempt
 * that was given up may still be at it: it works in folders of its own, and leaves alone what another one has finished.
 */
export async function packageLadder(
  context: WorkContext,
  plan: LadderPlan,
  onTrack: (track: number, tracks: number) => void,
): Promise<LadderRecord> {
  const folders = new Map<string, string>();
  try {
    const record = await packageTracks(context, plan, folders, onTrack);
    const there = await readRecordOf(context.paths, plan);
    if (there && (await isWhole(context.paths, there))) return there;
    context.signal.throwIfAborted();
    for (const [unfinished, path] of folders) {
      await rm(path, { recursive: true, force: true });
      await rename(unfinished, path);
    }
    await writePlaylists(context.paths, record);
    await writeRecord(context.paths, record);
    return record;
  } finally {
    for (const unfinished of folders.keys()) await rm(unfinished, { recursive: true, force: true });
  }
}

async function writePlaylists(paths: LadderPaths, record: LadderRecord): Promise<void> {
  const vod = ladderVodPlan(record, { segments: '', playlists: '' });
  for (const one of [...vod.video, ...vod.audio]) {
    await replaceContendedFile(join(paths.dir, playlistName(one.id)), renderMediaPlaylist(vod, one));
  }
}

/** `folders` is told where each track is, and where it belongs. */
async function packageTracks(
  context: WorkContext,
  plan: LadderPlan,
  folders: Map<string, string>,
  onTrack: (track: number, tracks: number) => void,
): Promise<LadderRecord> {
  const { paths } = context;
  const grid = segmentGrid(plan);
  const names = plan.video ? plan.video.renditions.map(({ name }) => name) : [];
  const wanted = [
    ...names.map((name) => ({ name, kind: 'video' as const })),
    ...(plan.audio ? [{ name: AUDIO_RENDITION, kind: 'audio' as const }] : []),
  ];
  const tracks: RecordedTrack[] = [];
  const renditions: PostRendition[] = [];
  for (const { name, kind } of wanted) {
    onTrack(tracks.length, wanted.length);
    const mp4 = paths.mp4(name);
    const dir = unfinishedName(paths.track(name));
    folders.set(dir, paths.track(name));
    const packaged = await packageTrack(context, { kind, mp4, dir, ...grid });
    tracks.push(recorded(name, packaged, plan));
    renditions.push(await rendition(name, mp4, packaged));
  }
  const { segmentSeconds } = grid;
  return { plan, segmentSeconds, tracks, renditions, durationMs: shownMs(plan) };
}

/** All tracks' segments begin at the same instants: the pictures' key frames, where there are any. */
function segmentGrid({ video, profile, durationMs }: LadderPlan): {
  segments: number;
  segmentSeconds: number;
} {
  if (video) {
    const segments = Math.ceil(video.totalFrames / video.gopFrames);
    return { segments, segmentSeconds: framesToSeconds(video.gopFrames, video.frameRate) };
  }
  const { segmentSeconds } = profile;
  const segments = Math.ceil((durationMs / 1000 - LEAST_LAST_SECONDS) / segmentSeconds);
  return { segments: Math.max(1, segments), segmentSeconds };
}

function recorded(id: string, { init, initBytes, segments }: PackagedTrack, { video }: LadderPlan) {
  const { kind, codec, timescale, width, height, channels, sampleRate } = init;
  const track: TimelineTrack =
    kind === 'video'
      ? { id, kind, codec, timescale, width, height, frameRate: video ? fps(video.frameRate) : undefined }
      : { id, kind, codec, timescale, channels, sampleRate };
  return { track, initBytes, segments };
}

async function rendition(name: string, mp4: string, packaged: PackagedTrack): Promise<PostRendition> {
  const mp4Bytes = await sizeOf(mp4);
  if (mp4Bytes === null) throw new CodedError('TRANSCODE_FAILED', `the MP4 of ${name} is gone`);
  const { width = null, height = null } = packaged.init;
  const segmentBytes = packaged.segments.reduce((sum, segment) => sum + (segment?.bytes ?? 0), 0);
  return { name, width, height, mp4Bytes, segmentBytes };
}
