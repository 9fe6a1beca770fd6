import type { ApiClient, RoomAnswer, StreamKeyAnswer } from './api-client';

/** The API has no event stream yet, so the demo looks. What it measures is late by at most this and an answer. */
const LOOK_EVERY_MS = 40;

export interface Change {
  entity: 'room' | 'streamKey';
  state: string;
  /** When the demo saw it, by its monotonic clock, milliseconds. */
  at: number;
}

/** Follows a room and its stream key through the API, and keeps each state that was seen. */
export class Watcher {
  readonly changes: Change[] = [];
  private failure: unknown;
  private state: 'watching' | 'stopped' = 'watching';
  /** A look that began before a command's answer came may tell of the time before it. */
  private commands = 0;
  private listeners = new Set<() => void>();
  private readonly done: Promise<void>;
  private newest: { room: string; streamKey: string } = { room: '', streamKey: '' };

  constructor(
    private readonly api: ApiClient,
    private readonly roomId: number,
    private readonly appUserId: string,
    private readonly onChange: (change: Change) => void,
  ) {
    this.done = this.watch();
  }

  states(entity: Change['entity']): string[] {
    return this.changes.filter((change) => change.entity === entity).map((change) => change.state);
  }

  /** A command's answer is an observation too. */
  saw(room: RoomAnswer): void {
    this.commands += 1;
    this.note('room', room.videoRoomState);
  }

  /** Resolves with the time at which the state was seen: at once where it is the present one. */
  async reached(entity: Change['entity'], state: string, timeoutMs: number): Promise<number> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      if (this.failure) throw this.failure;
      if (this.newest[entity] === state) return this.changes.findLast((one) => one.entity === entity)!.at;
      const left = deadline - Date.now();
      if (left <= 0) {
        const { room, streamKey } = this.newest;
        throw new Error(
          `${entity} is not ${state} after ${timeoutMs} ms: room ${room}, stream key ${streamKey}`,
        );
      }
      await this.change(left);
    }
  }

  async stop(): Promise<void> {
    this.state = 'stopped';
    await this.done;
  }

  private async watch(): Promise<void> {
    while (this.state === 'watching') {
      const { commands } = this;
      try {
        const [room, key]: [RoomAnswer, StreamKeyAnswer] = await Promise.all([
          this.api.room(this.roomId),
          this.api.streamKey(this.appUserId),
        ]);
        if (commands === this.commands) {
          this.note('streamKey', key.streamKeyState);
          this.note('room', room.videoRoomState);
        }
      } catch (error) {
        this.failure = error;
        this.tell();
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  private note(entity: Change['entity'], state: string): void {
    if (this.newest[entity] === state) return;
    this.newest[entity] = state;
    const change: Change = { entity, state, at: performance.now() };
    this.changes.push(change);
    this.onChange(change);
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }

  private change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.listeners.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.listeners.add(done);
    });
  }
}
