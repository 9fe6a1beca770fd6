import { createHash, randomUUID } from 'node:crypto';
import { WorkflowUpdateStage, type Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Actor } from '../domain/actor';
import { CodedError, type ErrorCode } from '../domain/errors';
import { roomWorkflowId } from '../domain/ids';
import { playbackUrls, type PlaybackBases } from '../domain/playback-urls';
import type { RoomState } from '../domain/video-room/machine';
import {
  cancelUpdate,
  endBroadcastUpdate,
  forceEndUpdate,
  goLiveUpdate,
  keyForceEndUpdate,
  reissueUpdate,
  reconnectWindowSignal,
  retryArchiveUpdate,
  type DeleteFilesInput,
  type RoomView,
  type StreamKeyIdentity,
  type VideoRoomInput,
} from '../workflows/messages';
import { videoRoomWorkflow } from '../workflows/video-room/workflow';
import { ping, within } from './client';
import { codedFrom, isWorkflowNotFound } from './errors';
import { startDeleteFiles } from './start-delete-files';
import { withStreamKeyStarted } from './start-stream-key';
import { startOfVideoRoom } from './start-video-room';

/** A command that is not accepted by then is refused, and its deadline keeps it from acting later (design.md section 3). */
const ACCEPT_TIMEOUT_MS = 5_000;
/** endBroadcast waits up to 14 s for the encoder's stop; the rest is room for a database that is slow. */
const ANSWER_TIMEOUT_MS = 30_000;
const START_TIMEOUT_MS = 5_000;

const UPDATES = {
  goLive: goLiveUpdate,
  endBroadcast: endBroadcastUpdate,
  forceEnd: forceEndUpdate,
  cancel: cancelUpdate,
  retryArchive: retryArchiveUpdate,
};
export type RoomCommandName = keyof typeof UPDATES;

/** What a command is told when its room's workflow has closed: the room is in a final state. */
const REFUSED_WHEN_CLOSED: Record<Exclude<RoomCommandName, 'forceEnd'>, ErrorCode> = {
  goLive: 'VIDEO_ROOM_STATE_NOT_SCHEDULED',
  cancel: 'VIDEO_ROOM_STATE_NOT_SCHEDULED',
  endBroadcast: 'VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE',
  retryArchive: 'VIDEO_ROOM_VOD_STATE_NOT_FAILED_ARCHIVING',
};

export interface CommandedRoom {
  appId: number;
  roomId: number;
  /** As the row says; a SCHEDULED room whose workflow is missing gets a new one. */
  state: RoomState;
  input: VideoRoomInput;
}

/** Carries the API's commands to the rooms' workflows. Rejects with CodedError. */
export class TemporalRoomCommands {
  constructor(
    private readonly client: Client,
    private readonly bases: PlaybackBases,
    /** Unix milliseconds. */
    private readonly now: () => number = Date.now,
  ) {}

  /** Starts a scheduled room's workflow. Safe to repeat. */
  async createRoom(input: VideoRoomInput): Promise<void> {
    try {
      await within(this.client, START_TIMEOUT_MS, () =>
        this.client.workflow.start(videoRoomWorkflow, {
          ...startOfVideoRoom({ ...input, links: this.links(input.playbackName) }),
          // Also where it goes on from its row: one that came to its end meanwhile stays closed.
          workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
        }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw codedFrom(error);
    }
  }

  /** Null: a forced end of a room that is over, which changes nothing. */
  async command(
    room: CommandedRoom,
    name: RoomCommandName,
    idempotencyKey: string | null,
    actor: Actor = 'app',
  ): Promise<RoomView | null> {
    const send = () => this.send(room, name, { idempotencyKey, actor });
    try {
      return await send();
    } catch (error) {
      if (!isWorkflowNotFound(error)) throw codedFrom(error);
    }
    if (room.state === 'SCHEDULED') {
      // Its run was lost, maybe in the middle of a go live that the key had granted: it asks the key first.
      await this.createRoom({ ...room.input, reborn: true });
      return send().catch((error: unknown) => this.afterClose(name, error));
    }
    return this.afterClose(name, null);
  }

  /** Ends whatever the key does and rotates it. A key that never published has nothing to end; a lost workflow goes on first. */
  async forceTerminateKey(
    key: StreamKeyIdentity,
    idempotencyKey: string | null,
    actor: Actor = 'app',
  ): Promise<void> {
    const start = withStreamKeyStarted(key);
    try {
      await this.settle(
        (options) =>
          this.client.workflow.startUpdateWithStart(keyForceEndUpdate, {
            ...options,
            args: [{ roomId: null, actor }],
            startWorkflowOperation: start,
          }),
        { updateId: updateIdOf('forceEnd', idempotencyKey) },
      );
    } catch (error) {
      throw codedFrom(error);
    }
  }

  /** A new secret for a key that nobody uses. Asked of the key's workflow, so that no publish slips by with the old one. */
  async reissueKey(key: StreamKeyIdentity, idempotencyKey: string | null): Promise<void> {
    const start = withStreamKeyStarted(key);
    try {
      await this.settle(
        (options) =>
          this.client.workflow.startUpdateWithStart(reissueUpdate, {
            ...options,
            args: [],
            startWorkflowOperation: start,
          }),
        { updateId: updateIdOf('reissue', idempotencyKey) },
      );
    } catch (error) {
      throw codedFrom(error);
    }
  }

  /** Tells a running room its new window. A room without a workflow starts, or goes on, from its row. */
  async changeReconnectWindow(appId: number, roomId: number, seconds: number | null): Promise<void> {
    const room = this.client.workflow.getHandle(roomWorkflowId(appId, roomId));
    try {
      await within(this.client, ACCEPT_TIMEOUT_MS, () => room.signal(reconnectWindowSignal, { seconds }));
    } catch (error) {
      if (!isWorkflowNotFound(error)) throw codedFrom(error);
    }
  }

  /** Starts the removal of the files of what was deleted. Safe to repeat. */
  async deleteFiles(input: DeleteFilesInput): Promise<void> {
    try {
      await within(this.client, START_TIMEOUT_MS, () => startDeleteFiles(this.client, input));
    } catch (error) {
      throw codedFrom(error);
    }
  }

  async isReachable(): Promise<boolean> {
    try {
      await ping(this.client);
      return true;
    } catch {
      return false;
    }
  }

  private send(
    room: CommandedRoom,
    name: RoomCommandName,
    { idempotencyKey, actor }: { idempotencyKey: string | null; actor: Actor },
  ): Promise<RoomView> {
    const handle = this.client.workflow.getHandle(roomWorkflowId(room.appId, room.roomId));
    // A forced end acts whenever it arrives; the others must not act after their caller was told no.
    const deadline = name === 'forceEnd' ? {} : { deadlineMs: this.now() + ACCEPT_TIMEOUT_MS };
    const command = {
      ...deadline,
      actor,
      ...(idempotencyKey === null ? {} : { idempotencyKey: digest(idempotencyKey) }),
    };
    const updateId = updateIdOf(name, idempotencyKey);
    return this.settle((options) => handle.startUpdate(UPDATES[name], { ...options, args: [command] }), {
      updateId,
    });
  }

  /** Two steps, so that "not accepted in time" and "accepted, and slow" are told apart. */
  private async settle<T>(
    start: (options: { updateId: string; waitForStage: 'ACCEPTED' }) => Promise<{ result(): Promise<T> }>,
    { updateId }: { updateId: string },
  ): Promise<T> {
    const waitForStage = WorkflowUpdateStage.ACCEPTED;
    const update = await within(this.client, ACCEPT_TIMEOUT_MS, () => start({ updateId, waitForStage }));
    return within(this.client, ANSWER_TIMEOUT_MS, () => update.result());
  }

  private afterClose(name: RoomCommandName, error: unknown): null {
    if (error !== null && !isWorkflowNotFound(error)) throw codedFrom(error);
    if (name === 'forceEnd') return null;
    throw new CodedError(REFUSED_WHEN_CLOSED[name]);
  }

  private links(playbackName: string): Record<string, string> {
    const urls = playbackUrls(this.bases, playbackName, 'RTMP_CMAF');
    const named = {
      HLS: urls.cmafHlsPlayUrl,
      DASH: urls.cmafDashPlayUrl,
      RTMP: urls.rtmpPlayUrl,
      FLV: urls.httpFlvPlayUrl,
    };
    return Object.fromEntries(
      Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== null),
    );
  }
}

/** The same key asks the same question again, and a workflow answers it once. */
const updateIdOf = (command: string, idempotencyKey: string | null): string =>
  `${command}:${idempotencyKey === null ? randomUUID() : digest(idempotencyKey)}`;

/** Callers' keys are of any length and may mean something to them: only a digest goes into ids and histories. */
const digest = (idempotencyKey: string): string =>
  createHash('sha256').update(idempotencyKey).digest('base64url').slice(0, 32);
