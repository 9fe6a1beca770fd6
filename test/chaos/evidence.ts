import { cpSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Show } from './show';
import type { Stage } from './stage';

const bigger = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
const text = (value: unknown): string => JSON.stringify(value, bigger, 2);

/** What a failure is understood from, in one folder: logs, histories, rows, the timeline, what the encoder saw. */
export class Evidence {
  readonly folder = mkdtempSync(join(tmpdir(), 'showrunner-chaos-evidence-'));

  constructor(private readonly stage: Stage) {}

  /** The logs as they are by then; told again they are newer. */
  keepLogs(): void {
    const { dataDir, output } = this.stage.processes;
    cpSync(join(dataDir, 'logs'), join(this.folder, 'logs'), { recursive: true });
    writeFileSync(
      join(this.folder, 'supervisor.txt'),
      output().replace(/curl -u \S+/g, 'curl -u <credentials>'),
    );
  }

  async keepRoom(show: Show, facts: unknown): Promise<void> {
    const { roomId } = show.ids;
    const folder = join(this.folder, `room-${roomId}`);
    mkdirSync(folder, { recursive: true });
    const keep = (name: string, value: unknown) => writeFileSync(join(folder, name), text(value));
    keep('run.json', { facts, ids: show.ids, commands: show.commands, encoder: show.encoder.said });
    keep(
      'encoder-sessions.json',
      show.encoder.sessions.map(({ line, ...session }) => ({
        ...session,
        held: line && { publishSentAt: line.publishSentAt, acceptedAt: line.acceptedAt },
      })),
    );
    await this.keepRows(show, keep);
    const ids = { appId: this.stage.appId, roomId, memberId: show.ids.memberId };
    for (const [name, history] of await this.stage.workflows.histories(ids))
      keep(`history-${name.replaceAll(':', '-')}.json`, history);
  }

  private async keepRows(show: Show, keep: (name: string, value: unknown) => void): Promise<void> {
    const { rows, processes } = this.stage;
    const { roomId, streamKeyId } = show.ids;
    const room = await rows.room(roomId);
    const key = { ...(await rows.key(streamKeyId)), key_hash: undefined, key_ciphertext: undefined };
    keep('rows.json', {
      room,
      key,
      posts: await rows.posts(roomId),
      roomEvents: await rows.events('videoRoom', roomId),
      keyEvents: await rows.events('streamKey', streamKeyId),
    });
    const timeline = join(processes.dataDir, 'storage', 'broadcasts', room.playback_name, 'timeline.jsonl');
    if (existsSync(timeline)) cpSync(timeline, join(this.folder, `room-${roomId}`, 'timeline.jsonl'));
  }
}
