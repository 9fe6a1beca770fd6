/** What the stack's host process and the tests tell each other (IPC, and the file of the shared stack). */

export type Part = 'postgres' | 'temporal';
/** `kill` is SIGKILL, and stays away; `crash` is SIGKILL, and its keeper starts it again as the supervisor would. */
export type PartAction = 'start' | 'stop' | 'kill' | 'crash';

export interface StackInfo {
  /** Of the host; ending it ends the stack and removes its folder. */
  hostPid: number;
  /** Of a superuser, for the database `postgres`. */
  adminUrl: string;
  /** Migrated and empty; copied for each suite. */
  templateDatabase: string;
  temporalAddress: string;
}

export type HostMessage =
  | { type: 'ready'; info: StackInfo }
  | { type: 'failed'; why: string }
  | { type: 'done'; id: number; why: string | null };

export interface PartCommand {
  id: number;
  part: Part;
  action: PartAction;
}
