import { condition, currentUpdateInfo, log } from '@temporalio/workflow';
import type { Actor } from '../../domain/actor';
import { codeOf, failureOf, refusing } from '../failures';
import type { ClaimGrant, Command, RoomView, VideoRoomInput } from '../messages';
import { persistentControlOn } from '../proxies';
import { remember } from '../stream-key/memory';
import { workflowNowMs } from '../time';
import { askKey, claimKey } from './ask-key';
import { encoderStopped } from './encoder-stop';
import type { RoomJournal } from './journal';
import type { RoomCommand } from './ledger';

/** Idempotency keys remembered for callers who only tell; Updates are told apart by Temporal as well. */
const REMEMBERED_COMMANDS = 50;

/** The room's commands: each checks, asks the key, records, and answers with the room as it then is. */
export class RoomCommands {
  /** `command:idempotencyKey` of commands that were carried out. */
  private done: string[] = [];
  private told = 0;

  constructor(
    private readonly input: VideoRoomInput,
    private readonly journal: RoomJournal,
  ) {}

  /** The validator: synchronous, throws the refusal, leaves no event. */
  check(name: RoomCommand, command: Command): void {
    if (!this.journal.ready || this.wasDone(name, command)) return;
    refusing(() => this.journal.room.check(name, command, workflowNowMs()));
  }

  /** For callers who only tell: carried out if it passes, else counted. Never throws: that would fail the workflow. */
  async tell(name: RoomCommand, command: Command): Promise<void> {
    try {
      this.check(name, command);
      await this.execute(name, command);
    } catch (error) {
      this.journal.room.ignored += 1;
      log.warn('a command told by signal was not carried out', { command: name, code: codeOf(error) });
    }
  }

  async execute(name: RoomCommand, command: Command): Promise<RoomView> {
    await condition(() => this.journal.ready);
    if (!this.wasDone(name, command)) {
      await this.carryOut(name, this.commandId(), command.actor);
      if (command.idempotencyKey) {
        this.done = remember(this.done, `${name}:${command.idempotencyKey}`, REMEMBERED_COMMANDS);
      }
    }
    return this.journal.room.view();
  }

  private async carryOut(name: RoomCommand, commandId: string, actor?: Actor): Promise<void> {
    const { room } = this.journal;
    // A second handler of the same workflow task has passed its validator before the first one ran.
    refusing(() => this.journal.room.check(name, {}, workflowNowMs()));
    if (name === 'forceEnd') return this.forceEnd(commandId, actor);
    room.pending = name;
    try {
      await this[name](commandId, actor);
    } finally {
      room.pending = null;
    }
  }

  private async goLive(commandId: string, actor?: Actor): Promise<void> {
    const verdict = await claimKey(this.input, commandId);
    if ('refused' in verdict) {
      throw failureOf(
        this.journal.room.state === 'SCHEDULED' ? verdict.refused : 'VIDEO_ROOM_STATE_NOT_SCHEDULED',
      );
    }
    this.journal.write((room) => room.wentLive(verdict.answer, actor));
    void this.openBroadcast(verdict.answer);
    await this.journal.written();
  }

  private async endBroadcast(commandId: string, actor?: Actor): Promise<void> {
    const { journal } = this;
    if (journal.room.state === 'LIVE' && !(await encoderStopped(journal.room))) {
      throw failureOf('VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE');
    }
    if (!journal.room.isOver) {
      const request = { roomId: this.input.roomId, windowExpired: false };
      const verdict = await askKey(this.input, commandId, 'release', request);
      if ('refused' in verdict && !journal.room.isOver) throw failureOf(verdict.refused);
      journal.write((room) => room.letGo(verdict, 'end_broadcast', actor));
    }
    await journal.written();
  }

  private async forceEnd(commandId: string, actor?: Actor): Promise<void> {
    const { journal } = this;
    if (journal.room.isOver) return journal.written();
    const request = { roomId: this.input.roomId, ...(actor ? { actor } : {}) };
    await askKey(this.input, commandId, 'forceEnd', request);
    // The key may have granted our claim, and its answer is still on the way: first LIVE, then ENDED.
    await condition(() => journal.room.state !== 'SCHEDULED' || journal.room.pending !== 'goLive');
    journal.write((room) => room.forceEnded(actor));
    await journal.written();
  }

  private async cancel(_commandId: string, actor?: Actor): Promise<void> {
    this.journal.write((room) => room.cancelled(actor));
    await this.journal.written();
  }

  private async retryArchive(_commandId: string, actor?: Actor): Promise<void> {
    this.journal.write((room) => room.archiveStarted(actor));
    await this.journal.written();
  }

  /** Beside the recording of LIVE; holds no answer. A session lost meanwhile is opened by its successor. */
  private async openBroadcast({ session, grantedAt }: ClaimGrant): Promise<void> {
    if (!session) return;
    const request = {
      playbackName: this.input.playbackName,
      sessionId: session.sessionId,
      goLiveAt: grantedAt,
    };
    try {
      const { openBroadcast } = persistentControlOn(session.nodeId);
      await openBroadcast.executeWithOptions({ summary: 'set the go-live mark' }, [request]);
    } catch (error) {
      log.warn('the broadcast could not be opened on its node', {
        code: codeOf(error),
        error: String(error),
      });
    }
  }

  private wasDone(name: RoomCommand, { idempotencyKey }: Command): boolean {
    return idempotencyKey !== undefined && this.done.includes(`${name}:${idempotencyKey}`);
  }

  private commandId(): string {
    this.told += 1;
    return currentUpdateInfo()?.id ?? `told-${this.told}`;
  }
}
