import { getExternalWorkflowHandle, log } from '@temporalio/workflow';
import { keyChangedSignal } from '../messages';
import type { EffectOf } from './effects';

/** Tells the held room what became of its key. */
export async function tellRoom({ roomWorkflowId, change }: EffectOf<'tellRoom'>): Promise<void> {
  try {
    await getExternalWorkflowHandle(roomWorkflowId).signal(keyChangedSignal, change);
  } catch (error) {
    // The room is closed or was terminated by hand: there is nobody to tell, and the key goes on.
    log.warn('the held room could not be told', {
      roomWorkflowId,
      keyState: change.keyState,
      error: String(error),
    });
  }
}
