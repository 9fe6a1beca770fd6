import { partOf, killsMedia, type Outage } from '../strike';
import type { Show } from '../show';
import { RtmpClient } from '../../support/rtmp-client';
import { isAway } from '../plan';
import type { Stage } from '../stage';
import { wrong, type Failure } from './failure';

/** The viewers' bytes are counted over this long from the kill, whether the victim is back by then or not. */
const WATCHED_MS = 1_500;
/** For a victim that is away for a minute: over all of this. */
const WATCHED_AWAY_MS = 30_000;
const READS = 5;
/** A part that was just killed: its clients find out within this. */
const NOTICED_MS = 8_000;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Whoever watches a room whose media lives sees on. */
export async function checkViewer({ victim }: Outage, show: Show): Promise<Failure[]> {
  const { viewer, encoder } = show;
  if (!viewer?.isWatching || killsMedia(victim) || !encoder.isRunning) return [];
  const steps = 3;
  const stepMs = (isAway(victim) ? WATCHED_AWAY_MS : WATCHED_MS) / steps;
  const failures: Failure[] = [];
  for (let step = 0; step < steps; step++) {
    const before = viewer.bytes;
    await sleep(stepMs);
    // The run goes on meanwhile and may have ended the broadcast.
    if (!encoder.isRunning) break;
    if (viewer.bytes === before)
      failures.push(
        wrong(`the viewer got nothing for ${stepMs} ms, ${viewer.isWatching ? 'connected' : 'cut'}`),
      );
  }
  return failures;
}

/** `refusal`: what a publish is told while the part is away. */
const AWAY = {
  temporal: { refusal: 'control_plane_unavailable', readStatus: 200, commandStatus: 503 },
  postgres: { refusal: 'DATABASE_UNAVAILABLE', readStatus: 503, commandStatus: 503 },
} as const;

async function refusalOf(stage: Stage, streamName: string): Promise<string> {
  const client = await RtmpClient.ready(stage.ports.rtmp);
  try {
    client.publish(streamName);
    await client.closed(NOTICED_MS);
    return client.statuses.map(({ code, description }) => `${code} ${description}`).join('; ');
  } finally {
    client.destroy();
  }
}

/** What design.md, "When a part is away", says of the API and of publishing, for a part that is away for a minute. */
export async function checkAway(stage: Stage, { victim }: Outage): Promise<Failure[]> {
  const part = partOf(victim);
  if (!part || !isAway(victim)) return [];
  const { refusal, readStatus, commandStatus } = AWAY[part];
  const { roomId, streamKey } = stage.spare;
  const failures: Failure[] = [];
  await sleep(NOTICED_MS);
  for (let read = 0; read < READS; read++) {
    const { status, code } = await stage.backend.ask('GET', `/video-rooms/${roomId}`);
    if (status !== readStatus) failures.push(wrong(`a read was answered ${status} ${code}`));
  }
  const path = `/video-rooms/${roomId}/rtmp-broadcast/state/cancelled`;
  const command = await stage.backend.ask('POST', path, undefined, `away-${Date.now()}`);
  if (command.status !== commandStatus)
    failures.push(wrong(`a command was answered ${command.status} ${command.code}`));
  return failures.concat(await checkRefusal(stage, streamKey, refusal));
}

async function checkRefusal(stage: Stage, streamKey: string, refusal: string): Promise<Failure[]> {
  const said = await refusalOf(stage, streamKey);
  return said.includes(refusal) ? [] : [wrong(`a publish was told "${said}", not ${refusal}`)];
}

/** The command that was told no while its part was away has not acted later. */
export async function checkNothingActed({ backend, spare }: Stage): Promise<Failure[]> {
  const { videoRoomState } = await backend.room(spare.roomId);
  return videoRoomState === 'SCHEDULED'
    ? []
    : [wrong(`a command that was told 503 acted: ${videoRoomState}`)];
}
