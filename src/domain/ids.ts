import type { CallbackLine } from './callbacks';

/** Workflow ids name the member and the room, never the secret: ids are plain text everywhere. */
export const roomWorkflowId = (appId: number, roomId: number): string => `room:${appId}:${roomId}`;
export const streamKeyWorkflowId = (appId: number, memberId: number): string =>
  `streamkey:${appId}:${memberId}`;
export const archiveWorkflowId = (appId: number, roomId: number, attempt: number): string =>
  `archive:${appId}:${roomId}:${attempt}`;
export type DeletedKind = 'videoRoom' | 'videoPost' | 'liveSegments';
export const deleteFilesWorkflowId = (kind: DeletedKind, appId: number, id: number): string =>
  `delete-files:${kind}:${appId}:${id}`;

/** A room's, key's or post's line of callbacks. */
export const callbackWorkflowId = ({ appId, entity, entityId, deliveryId }: CallbackLine): string =>
  `callbacks:${appId}:${entity}:${entityId}${deliveryId === undefined ? '' : `:${deliveryId}`}`;
export const videoPostWorkflowId = (appId: number, videoPostId: number): string =>
  `videopost:${appId}:${videoPostId}`;
export const postFileWorkflowId = (appId: number, videoPostId: number, uploadId: number): string =>
  `postfile:${appId}:${videoPostId}:${uploadId}`;

/** Task queues, one vocabulary for clients and workers (design.md section 3, "Who runs what"). */
export const TASK_QUEUE_MAIN = 'showrunner';
/**
 * A workflow's next step takes milliseconds, and a replay of thousands of events less than this. Where worker or Temporal die in
 * the middle of a step, it is repeated after this long (the stock: 10 s).
 */
export const WORKFLOW_TASK_TIMEOUT_MS = 5_000;
export const TASK_QUEUE_ASK = 'showrunner-ask';
/** Attempts wait for receivers of others, up to 10 s: no slot of ours waits behind them. */
export const TASK_QUEUE_CALLBACKS = 'showrunner-callbacks';
export const TASK_QUEUE_ARCHIVE_FAST = 'archive-fast';
export const TASK_QUEUE_ARCHIVE = 'archive';
export const mediaLeaseQueue = (nodeId: string): string => `media-${nodeId}`;
export const mediaControlQueue = (nodeId: string): string => `media-${nodeId}-control`;

/** Ids that become part of paths: made by us, and checked again before they touch a file system. */
const PATH_SAFE_ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;
export const isPathSafeId = (value: string): boolean => PATH_SAFE_ID.test(value);
