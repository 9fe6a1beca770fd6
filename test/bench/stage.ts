import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { ApiClient, type RoomAnswer } from '../../src/demo/api-client';
import { ensureCluster } from '../../src/launch/postgres/cluster';
import { databaseUrl } from '../../src/launch/postgres/program';
import { freePort } from '../../src/launch/ports';
import { startProcesses, type Processes } from '../support/processes';
import { makeClip, type Clip } from './clip';
import { CommitLog } from './commit-log';
import { Publisher } from './publisher';

/** Ten shows at once, and one beside them; the default of two cores would refuse the ninth. */
const MAX_SESSIONS = '32';
/** Of the supervisor (src/launch/supervisor.ts). */
const DATABASE = 'showrunner';

export interface Member {
  appUserId: string;
  memberId: number;
  streamKeyId: number;
  streamKey: string;
}

export type Mode = 'RTMP' | 'CMAF';

/** A stack of this run alone: the real processes, on the Temporal that `temporalAddress` names or on the dev server. */
export function startStack(
  temporalAddress: string | null,
  env: Record<string, string> = {},
): Promise<Processes> {
  const elsewhere = {
    TEMPORAL_ADDRESS: temporalAddress ?? '',
    // Ids begin at 1 in each fresh database: rooms of an earlier run must not be met on a server that stays.
    TEMPORAL_NAMESPACE: `bench-${randomBytes(4).toString('hex')}`,
  };
  return startProcesses({ env: { MAX_SESSIONS, ...(temporalAddress ? elsewhere : {}), ...env } });
}

/** A running stack, and what a measurement needs of it. */
export class Stage {
  private members = 0;

  private constructor(
    readonly processes: Processes,
    readonly api: ApiClient,
    readonly commits: CommitLog,
    readonly temporal: Client,
    readonly clip: Clip,
    readonly databaseUrl: string,
  ) {}

  static async open(temporalAddress: string | null): Promise<Stage> {
    const postgresPort = await freePort();
    const processes = await startStack(temporalAddress, { POSTGRES_PORT: String(postgresPort) });
    try {
      const cluster = await ensureCluster(join(processes.dataDir, 'postgres'), { sync: true });
      const url = databaseUrl(cluster, postgresPort, DATABASE);
      const connection = await Connection.connect({ address: processes.addresses.temporal });
      const namespace = processes.env.TEMPORAL_NAMESPACE ?? 'showrunner';
      return new Stage(
        processes,
        new ApiClient(processes.addresses.api, processes.credentials),
        await CommitLog.open(url),
        new Client({ connection, namespace }),
        await makeClip(join(processes.dataDir, 'clip.flv')),
        url,
      );
    } catch (error) {
      await processes.remove();
      throw error;
    }
  }

  get rtmpPort(): number {
    return Number(new URL(this.processes.addresses.rtmp.replace(/^rtmp:/, 'http:')).port);
  }

  /** A new member; its stream key has never published. */
  async member(): Promise<Member> {
    this.members += 1;
    const appUserId = `bench-${this.members}`;
    const { id: memberId } = (await this.api.createMember(appUserId)) as { id: number };
    const { id, streamKey } = await this.api.streamKey(appUserId);
    return { appUserId, memberId, streamKeyId: id, streamKey };
  }

  publish(member: Member, mode: Mode): Promise<Publisher> {
    return Publisher.publish(this.rtmpPort, `${member.streamKey}?mode=${mode}`);
  }

  room(member: Member): Promise<RoomAnswer> {
    return this.api.createRoom(member.appUserId, member.appUserId);
  }

  /** What the record says of a room right now: asked of Postgres itself, not of the API. */
  async recordedState(room: RoomAnswer): Promise<string> {
    const found = await this.commits.postgres.query<{ state: string }>(
      'select state from video_rooms where id = $1',
      [room.id],
    );
    return found.rows[0]?.state ?? 'no row';
  }

  async close(): Promise<void> {
    await this.commits.close();
    await this.temporal.connection.close();
    await this.processes.remove();
  }
}
