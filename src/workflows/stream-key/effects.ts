import type { TransitionRecord } from '../../activities/types';
import type { SessionEndReason } from '../../domain/session-end-reason';
import type { KeyChange, SessionView } from '../messages';

/** A row's write, before the workflow adds its run id. */
export type StreamKeyRecord = Omit<Extract<TransitionRecord, { entity: 'streamKey' }>, 'runId'>;

/** What a decision of the key asks of the world. The workflow carries them out; the ledger only names them. */
export type KeyEffect =
  | { kind: 'record'; record: StreamKeyRecord }
  | { kind: 'tellRoom'; roomWorkflowId: string; change: KeyChange }
  | { kind: 'lease'; session: SessionView }
  | { kind: 'cut'; session: SessionView; reason: SessionEndReason; minKeyVersion: number }
  | { kind: 'rotate'; toVersion: number };

export type EffectOf<K extends KeyEffect['kind']> = Extract<KeyEffect, { kind: K }>;
