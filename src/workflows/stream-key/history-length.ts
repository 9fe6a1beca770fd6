import { workflowInfo } from '@temporalio/workflow';

/** Temporal's word that the history is long, as heard with something that the history holds. */
export class HistoryLength {
  private heardLong = false;

  get isLong(): boolean {
    return this.heardLong;
  }

  /**
   * Not asked at any other time: a replay has no task for a publish that was refused, since that is not in the history, and would
   * hand over elsewhere.
   */
  hear(): void {
    this.heardLong ||= workflowInfo().continueAsNewSuggested;
  }
}
