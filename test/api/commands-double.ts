import type { Knex } from 'knex';
import type { CommandedRoom, RoomCommandName, RoomCommands } from '../../src/api/commands';
import type { Actor } from '../../src/domain/actor';
import { CodedError, type ErrorCode } from '../../src/domain/errors';
import { roomEvent } from '../../src/domain/events';
import { decideRoom } from '../../src/domain/video-room/decide';
import { createRecordTransition } from '../../src/store/record-transition';
import { createRotateStreamKey } from '../../src/store/rotate-stream-key';
import type { Vault } from '../../src/store/vault';
import type { VideoRoomPatch } from '../../src/activities/types';
import type {
  DeleteFilesInput,
  RoomView,
  StreamKeyInput,
  VideoRoomInput,
} from '../../src/workflows/messages';

const PATCHES: Partial<Record<RoomCommandName, VideoRoomPatch>> = {
  goLive: { liveStartedAt: '2026-11-21T10:00:00.000Z', format: 'RTMP_CMAF' },
  endBroadcast: { liveEndedAt: 'now' },
  cancel: { cancelledAt: 'now' },
};

const REASONS: Partial<Record<RoomCommandName, string>> = {
  goLive: 'go_live',
  endBroadcast: 'end_broadcast',
  cancel: 'cancelled',
};

/** What a driver says of an address; none of a caller's business. */
export const AWAY_DETAIL = 'connect ECONNREFUSED 10.0.0.1:7233';

/** Stands in for Temporal only: decides by the domain's machine and writes rows through the real store. */
export class CommandsDouble implements RoomCommands {
  readonly created: VideoRoomInput[] = [];
  readonly commands: { name: RoomCommandName; idempotencyKey: string | null }[] = [];
  readonly forceTerminated: StreamKeyInput[] = [];
  readonly reissued: StreamKeyInput[] = [];
  readonly windows: { roomId: number; seconds: number | null }[] = [];
  readonly deletions: DeleteFilesInput[] = [];
  /** While set, Temporal is away. */
  away = false;
  /** While set, every command is refused so. */
  refusal: ErrorCode | null = null;
  /** While set, commands wait for it. */
  gate: Promise<void> | null = null;

  constructor(
    private readonly knex: Knex,
    private readonly vault: Vault,
  ) {}

  async createRoom(input: VideoRoomInput): Promise<void> {
    await this.reach();
    this.created.push(input);
  }

  async command(
    room: CommandedRoom,
    name: RoomCommandName,
    idempotencyKey: string | null,
    actor?: Actor,
  ): Promise<RoomView> {
    this.commands.push({ name, idempotencyKey });
    await this.reach();
    if (name === 'retryArchive') return viewOf(room, room.state, room.input.transitionNumber);
    if (name === 'forceEnd') throw new Error('the API has no endpoint for this command');
    const decision = decideRoom(room.state, { type: name });
    if (decision.kind === 'refused') throw new CodedError(decision.code);
    if (decision.kind !== 'moves') throw new Error('commands move or are refused');
    return this.record(room, decision.next, PATCHES[name] ?? {}, { reason: REASONS[name] ?? null, actor });
  }

  async forceTerminateKey(key: StreamKeyInput): Promise<void> {
    await this.reach();
    this.forceTerminated.push(key);
  }

  async reissueKey(key: StreamKeyInput): Promise<void> {
    await this.reach();
    const row = await this.knex('stream_keys')
      .where({ id: key.streamKeyId })
      .first<{ state: string; key_version: number }>('state', 'key_version');
    if (row.state !== 'INACTIVE') throw new CodedError('STREAM_KEY_STATE_NOT_INACTIVE');
    const { streamKeyId } = key;
    await createRotateStreamKey(this.knex, this.vault)({ streamKeyId, toVersion: row.key_version + 1 });
    this.reissued.push(key);
  }

  async changeReconnectWindow(_appId: number, roomId: number, seconds: number | null): Promise<void> {
    await this.reach();
    this.windows.push({ roomId, seconds });
  }

  async deleteFiles(input: DeleteFilesInput): Promise<void> {
    await this.reach();
    this.deletions.push(input);
  }

  isReachable = (): Promise<boolean> => Promise.resolve(!this.away);

  private async reach(): Promise<void> {
    await this.gate;
    if (this.away) throw new CodedError('CONTROL_PLANE_UNAVAILABLE', AWAY_DETAIL);
    if (this.refusal) throw new CodedError(this.refusal);
  }

  private async record(
    room: CommandedRoom,
    to: RoomView['state'],
    patch: VideoRoomPatch,
    { reason, actor }: { reason: string | null; actor?: Actor },
  ): Promise<RoomView> {
    const transitionNumber = room.input.transitionNumber + 1;
    await createRecordTransition(this.knex)({
      entity: 'videoRoom',
      appId: room.appId,
      entityId: room.roomId,
      runId: 'run-1',
      transitionNumber,
      type: roomEvent(to),
      reason,
      sessionId: null,
      ...(actor ? { actor } : {}),
      from: room.state,
      to,
      patch,
    });
    return viewOf(room, to, transitionNumber);
  }
}

const viewOf = (room: CommandedRoom, state: RoomView['state'], transitionNumber: number): RoomView => ({
  roomId: room.roomId,
  state,
  vodState: 'NOT_ARCHIVED',
  forciblyTerminated: false,
  videoPostId: null,
  session: null,
  transitionNumber,
});
