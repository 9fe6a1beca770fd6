import { roomWorkflowId } from '../domain/ids';
import type { RoomAnswer, VideoPostAnswer } from './api-client';
import { look } from './look';
import { STEP_TIMEOUT_MS, type Stage } from './stage';
import type { Watcher } from './watcher';

/** How long the show goes on after the drop: a few segments, so that the recording has two parts worth the name. */
const SECOND_HALF_MS = 5_000;
/** Archiving copies seconds of media here; encoding them, where it must, takes as long as they are. */
const ARCHIVE_TIMEOUT_MS = 120_000;
const PLAYABLE_LOOK_EVERY_MS = 25;
/** Going live starts with the next segment (2 s), an encoder that dies takes its last one along (2 s); one more each for luck. */
const RECORDED_TOLERANCE_MS = 6_000;
/** Issue 3, section 6. */
const ORIGINAL_TOLERANCE_MS = 2_000;

const LIVE_OUTPUTS = [
  ['hls', 'cmafHlsPlayUrl'],
  ['dash', 'cmafDashPlayUrl'],
  ['rtmp', 'rtmpPlayUrl'],
  ['httpFlv', 'httpFlvPlayUrl'],
] as const;

/** The whole life of a broadcast. `onLive` is called once all outputs play; what it returns is waited for. */
export async function playShow(stage: Stage, onLive: () => Promise<'go on' | 'end'>): Promise<void> {
  const { report } = stage;
  const { room, watcher } = await stage.room('Showrunner demo');
  try {
    await goLive(stage, room, watcher);
    const liveSince = performance.now();
    report.step('Looking at all four outputs with ffprobe');
    await stage.whileEncoding(lookAtOutputs(stage, await stage.api.room(room.id)));
    let liveMs = 0;
    if ((await onLive()) === 'go on') liveMs = await dropAndResume(stage, watcher, liveSince);
    await endShow(stage, room, watcher);
    if (liveMs > 0) await checkRecording(stage, room, liveMs);
  } finally {
    await watcher.stop();
    report.room = { id: room.id, uuid: room.uuid, states: watcher.states('room') };
    report.streamKey = { states: watcher.states('streamKey') };
  }
}

/** publishAccepted: publish command to Publish.Start, on the wire. publishToActive: publish command to the key seen ACTIVE. */
async function goLive(stage: Stage, room: RoomAnswer, watcher: Watcher): Promise<void> {
  const { report, stack } = stage;
  const ui = stack.temporalUi;
  const workflow = roomWorkflowId(stack.credentials.appId, room.id);
  report.urls.temporalUi =
    ui && `${ui}/namespaces/${stack.namespace}/workflows/${encodeURIComponent(workflow)}`;
  report.step('Publishing with ffmpeg, mode RTMP_CMAF');
  const { sentAt, acceptedAt } = await stage.publish(await stage.streamKey());
  report.time('publishAccepted', acceptedAt - sentAt);
  const activeAt = await stage.whileEncoding(watcher.reached('streamKey', 'ACTIVE', STEP_TIMEOUT_MS));
  report.time('publishToActive', activeAt - sentAt);
  report.step('Going live');
  const askedAt = performance.now();
  watcher.saw(await stage.api.goLive(room.id));
  report.time('goLive', performance.now() - askedAt);
  await watcher.reached('streamKey', 'ACTIVE_LIVE', STEP_TIMEOUT_MS);
}

async function lookAtOutputs(stage: Stage, room: RoomAnswer): Promise<void> {
  const looks = LIVE_OUTPUTS.map(async ([name, field]) => {
    const url = room[field];
    if (!url) throw new Error(`the live room has no ${field}`);
    stage.report.urls[name] = url;
    const seen = await look(stage.stack.ffprobePath, url);
    stage.report.step(`  ${name}: ${seen.video} video, ${seen.audio} audio`);
  });
  await Promise.all(looks);
}

/**
 * dropSeen: SIGKILL of the encoder to the room seen LIVE_INACTIVE. resumeToLive: the new publish command to the room seen LIVE.
 * Answers how long the room was live, without the pause.
 */
async function dropAndResume(stage: Stage, watcher: Watcher, liveSince: number): Promise<number> {
  const { report } = stage;
  report.step('Killing the encoder');
  const killedAt = performance.now();
  await stage.kill();
  report.time('dropSeen', (await watcher.reached('room', 'LIVE_INACTIVE', STEP_TIMEOUT_MS)) - killedAt);
  report.step('Publishing again');
  const { sentAt } = await stage.publish(await stage.streamKey());
  const liveAgainAt = await stage.whileEncoding(watcher.reached('room', 'LIVE', STEP_TIMEOUT_MS));
  report.time('resumeToLive', liveAgainAt - sentAt);
  await stage.whileEncoding(new Promise((resolve) => setTimeout(resolve, SECOND_HALF_MS)));
  // The recording goes on with the first frame of the resumed session, not when its outputs are seen to play again.
  return killedAt - liveSince + (performance.now() - sentAt);
}

/**
 * end: how long the API's end call takes. endToPlayable: from that call until the VOD's master playlist can be fetched.
 * endToArchived: from that call until the room is seen ARCHIVED.
 */
async function endShow(stage: Stage, room: RoomAnswer, watcher: Watcher): Promise<void> {
  const { report, api } = stage;
  report.step('Stopping the encoder');
  await stage.stop();
  await watcher.reached('room', 'LIVE_INACTIVE', STEP_TIMEOUT_MS);
  report.step('Ending the broadcast');
  const askedAt = performance.now();
  watcher.saw(await api.end(room.id));
  report.time('end', performance.now() - askedAt);
  const [vod] = await Promise.all([
    playableVod(stage, room.id).then((url) => {
      report.time('endToPlayable', performance.now() - askedAt);
      return url;
    }),
    watcher
      .reached('room', 'ARCHIVED', ARCHIVE_TIMEOUT_MS)
      .then((at) => report.time('endToArchived', at - askedAt)),
  ]);
  report.urls.vod = vod;
}

async function playableVod(stage: Stage, roomId: number): Promise<string> {
  const deadline = Date.now() + ARCHIVE_TIMEOUT_MS;
  for (;;) {
    const url = await vodUrlOf(stage, roomId);
    if (url && (await fetch(url)).ok) return url;
    if (Date.now() > deadline) throw new Error(`no playable VOD within ${ARCHIVE_TIMEOUT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, PLAYABLE_LOOK_EVERY_MS));
  }
}

async function vodUrlOf({ api }: Stage, roomId: number): Promise<string | null> {
  const { videoPostId } = await api.room(roomId);
  const post = videoPostId === null ? null : await api.videoPost(videoPostId);
  return post?.file.processedSummaries.find((summary) => summary.format === 'CMAF_HLS')?.url ?? null;
}

/** The VOD and the original: picture and sound, as long as the room was live. */
async function checkRecording(stage: Stage, room: RoomAnswer, liveMs: number): Promise<void> {
  const { report, api, stack } = stage;
  const { vodState, vodUrl, videoPostId } = await api.room(room.id);
  if (vodState !== 'ARCHIVED' || !vodUrl || videoPostId === null)
    throw new Error(`the archived room has vodState ${vodState}`);
  const post: VideoPostAnswer = await api.videoPost(videoPostId);
  if (post.videoPostState !== 'PROCESSED' || !post.file.src)
    throw new Error(`the video post is ${post.videoPostState}`);
  report.step('Looking at the recording');
  const vod = await look(stack.ffprobePath, vodUrl);
  const original = await look(stack.ffprobePath, post.file.src.url);
  const seconds = (ms: number | null) => `${((ms ?? 0) / 1000).toFixed(1)} s`;
  report.step(
    `  VOD ${seconds(vod.durationMs)}, original ${seconds(original.durationMs)}, live ${seconds(liveMs)}`,
  );
  if (Math.abs((vod.durationMs ?? 0) - liveMs) > RECORDED_TOLERANCE_MS) {
    throw new Error(`the VOD lasts ${seconds(vod.durationMs)}, the room was live for ${seconds(liveMs)}`);
  }
  if (Math.abs((original.durationMs ?? 0) - (vod.durationMs ?? 0)) > ORIGINAL_TOLERANCE_MS) {
    throw new Error(`the original lasts ${seconds(original.durationMs)}, the VOD ${seconds(vod.durationMs)}`);
  }
}
