import { log, workflowInfo } from '@temporalio/workflow';
import type { VideoRoomInput } from '../messages';
import { askKey, claimKey } from './ask-key';
import type { RoomJournal } from './journal';

/**
 * Asks the key whether it holds this live room. A key whose history was lost between the grant and its row may not know: it is
 * claimed again where the same session still streams, else the room is over. Rows only give the hint; the key decides. Safe twice.
 */
export class KeyCheck {
  private checks = 0;
  private checking = false;

  constructor(
    private readonly input: VideoRoomInput,
    private readonly journal: RoomJournal,
  ) {}

  /** Never throws: that would fail the workflow. */
  async check(): Promise<void> {
    if (this.checking || !this.isSettledLive()) return;
    this.checking = true;
    try {
      await this.ask();
    } catch (error) {
      log.warn('the stream key could not be asked for its room', { error: String(error) });
    } finally {
      this.checking = false;
    }
  }

  private async ask(): Promise<void> {
    const { room } = this.journal;
    const { roomId } = this.input;
    const verdict = await askKey(this.input, this.commandId(), 'roomStatus', { roomId });
    // A held room hears what becomes of its key; a command that came meanwhile has its own word with it.
    if ('refused' in verdict || verdict.answer.held || !this.isSettledLive()) return;
    const { forced, keyState, session } = verdict.answer;
    const streamsOn = keyState === 'ACTIVE' && session?.sessionId === room.session?.sessionId;
    if (streamsOn && !forced) await claimKey(this.input, this.commandId());
    else this.journal.write((ledger) => ledger.reconcile(verdict.answer));
  }

  private isSettledLive(): boolean {
    const { room, ready } = this.journal;
    return ready && room.pending === null && (room.state === 'LIVE' || room.state === 'LIVE_INACTIVE');
  }

  private commandId(): string {
    this.checks += 1;
    return `check-${workflowInfo().runId}-${this.checks}`;
  }
}
