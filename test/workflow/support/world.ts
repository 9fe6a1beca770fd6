import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import { bundleWorkflowCode, NativeConnection, Worker, type WorkflowBundle } from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import type { Knex } from 'knex';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAskKey } from '../../../src/activities/ask-key';
import { createDeleteFiles } from '../../../src/activities/delete-files';
import type { ArchiveParts } from '../../../src/activities/archive';
import { createPostsFast, createPostsSlow } from '../../../src/activities/posts';
import type {
  ArchiveFastActivities,
  ArchiveSlowActivities,
  PostFastActivities,
  PostSlowActivities,
} from '../../../src/activities/types';
import {
  mediaControlQueue,
  mediaLeaseQueue,
  roomWorkflowId,
  streamKeyWorkflowId,
  TASK_QUEUE_ARCHIVE,
  TASK_QUEUE_ARCHIVE_FAST,
  TASK_QUEUE_ASK,
  TASK_QUEUE_MAIN,
} from '../../../src/domain/ids';
import type { ResolvedKey } from '../../../src/ingest/contract';
import { createLogger, type Logger } from '../../../src/logger';
import { StorageLayout } from '../../../src/storage/layout';
import { createApp } from '../../../src/store/apps';
import { createAdoptRows } from '../../../src/store/adopt-rows';
import { createKeyResolver } from '../../../src/store/key-resolver';
import { createKnex } from '../../../src/store/knex';
import { upsertMember } from '../../../src/store/members';
import { createRecordTransition } from '../../../src/store/record-transition';
import { createRotateStreamKey } from '../../../src/store/rotate-stream-key';
import { findStreamKeyOfMember } from '../../../src/store/stream-keys';
import { Vault } from '../../../src/store/vault';
import { createScheduledRoom } from '../../../src/store/video-rooms';
import { ensureVideoPostOfRoom } from '../../../src/store/video-posts';
import { connectClient } from '../../../src/temporal/client';
import { installRuntime } from '../../../src/temporal/runtime';
import { TemporalControlPlane } from '../../../src/temporal/control-plane';
import { TemporalRoomCommands, type CommandedRoom } from '../../../src/temporal/room-commands';
import { getStateQuery, getTimelineQuery, type VideoRoomInput } from '../../../src/workflows/messages';
import { randomBytes } from 'node:crypto';
import { startStack, type Stack, type StackOptions } from '../../support/stack';
import { until } from '../../support/until';
import { ScriptedNode } from './scripted-node';

// The SDK's own lines would drown the tests'.
installRuntime(createLogger({ role: 'test', level: 'silent' }));

let bundle: Promise<WorkflowBundle> | null = null;
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };
const workflowBundle = () =>
  (bundle ??= bundleWorkflowCode({
    workflowsPath: require.resolve('../../../src/workflows'),
    logger: quiet,
  }));

export interface Member {
  appId: number;
  memberId: number;
  key: ResolvedKey;
  secret: string;
}

/** Real Temporal, real Postgres and our real store; uploads are real too. The media nodes are scripted, and the archive's media work. */
export class World {
  readonly vault = new Vault(randomBytes(32));
  readonly nodes: ScriptedNode[] = [];
  /** Files of what was deleted; the rest of the media is scripted and has none. */
  readonly layout = new StorageLayout(mkdtempSync(join(tmpdir(), 'showrunner-world-')));
  /** Set by a test: what `makeOriginal` and `processPost` throw next. */
  archiveFailure: string | null = null;
  private stoppers: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly stack: Stack,
    readonly knex: Knex,
    readonly client: Client,
    readonly plane: TemporalControlPlane,
    readonly commands: TemporalRoomCommands,
    private readonly connection: NativeConnection,
    readonly log: Logger,
  ) {}

  static async start(options: StackOptions = {}): Promise<World> {
    const stack = await startStack(options);
    const log = createLogger({ role: 'test', level: 'silent' });
    const knex = createKnex(stack.databaseUrl);
    const client = await connectClient({ address: stack.temporalAddress, namespace: stack.namespace });
    const connection = await NativeConnection.connect({ address: stack.temporalAddress });
    const plane = new TemporalControlPlane(client, log);
    const bases = { http: 'http://media.test', rtmp: 'rtmp://media.test' };
    const world = new World(
      stack,
      knex,
      client,
      plane,
      new TemporalRoomCommands(client, bases),
      connection,
      log,
    );
    await world.startWorkers();
    return world;
  }

  async stop(): Promise<void> {
    this.plane.close();
    for (const node of this.nodes) node.endAll();
    await Promise.all(this.stoppers.splice(0).map((stop) => stop()));
    await this.connection.close();
    await this.client.connection.close();
    await this.knex.destroy();
    rmSync(this.layout.root, { recursive: true, force: true });
    await this.stack.stop();
  }

  private async startWorkers(): Promise<void> {
    const main = {
      recordTransition: createRecordTransition(this.knex),
      ...createAdoptRows(this.knex),
      rotateStreamKey: createRotateStreamKey(this.knex, this.vault),
    };
    await this.work({ taskQueue: TASK_QUEUE_MAIN, activities: main, workflowBundle: await workflowBundle() });
    await this.work({ taskQueue: TASK_QUEUE_ASK, activities: { askKey: createAskKey(this.client) } });
    const deleting = createDeleteFiles({ knex: this.knex, layout: this.layout, log: this.log });
    await this.work({ taskQueue: TASK_QUEUE_ARCHIVE_FAST, activities: this.archiveFast() });
    await this.work({ taskQueue: TASK_QUEUE_ARCHIVE, activities: { ...this.archiveSlow(), ...deleting } });
  }

  /** A media node: its two queues, served by the scripted sessions of a test. */
  async node(nodeId: string): Promise<ScriptedNode> {
    const node = new ScriptedNode(nodeId, this.plane);
    this.nodes.push(node);
    await this.work({
      taskQueue: mediaLeaseQueue(nodeId),
      activities: { packageStream: node.packageStream },
    });
    await this.work({ taskQueue: mediaControlQueue(nodeId), activities: node.control });
    return node;
  }

  /** A worker of this world until it stops. */
  async work(options: { taskQueue: string; activities: object; workflowBundle?: WorkflowBundle }) {
    const { namespace } = this.stack;
    const worker = await Worker.create({ connection: this.connection, namespace, ...options });
    const running = worker.run();
    this.stoppers.push(async () => {
      worker.shutdown();
      await running;
    });
  }

  private archiveFast(): ArchiveFastActivities & PostFastActivities {
    return {
      ...createPostsFast(this.posts()),
      makePlayable: async (request) => {
        const post = await ensureVideoPostOfRoom(this.knex, request);
        return { videoPostId: post.id, durationMs: 1000, segments: 1 };
      },
      publishVideoPost: async () => {},
      failVideoPost: async () => {},
    };
  }

  /** Uploads are real, and so is what is made of them. */
  private posts(): ArchiveParts {
    const { knex, layout, log } = this;
    return { knex, layout, log, ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' };
  }

  private failing<In, Out>(work: (input: In) => Promise<Out>): (input: In) => Promise<Out> {
    return async (input) => {
      if (this.archiveFailure) throw ApplicationFailure.nonRetryable(this.archiveFailure, 'TEST');
      return work(input);
    };
  }

  private archiveSlow(): ArchiveSlowActivities & PostSlowActivities {
    const posts = createPostsSlow(this.posts());
    return {
      ...posts,
      processPost: this.failing(posts.processPost),
      makeOriginal: this.failing(async () => ({ bytes: 1, durationMs: 1000 })),
      transcodeVod: async () => ({ renditions: ['360p'], durationMs: 1000 }),
    };
  }

  async member(): Promise<Member> {
    const app = await createApp(this.knex, this.vault, { name: 'test' });
    const member = await upsertMember(this.knex, this.vault, app.id, 'member', {});
    const row = await findStreamKeyOfMember(this.knex, app.id, member.id);
    const secret = this.vault.decryptStreamKey(row!.id, row!.key_ciphertext);
    const key = await createKeyResolver(this.knex, this.vault).resolve(secret);
    return { appId: app.id, memberId: member.id, key: key!, secret };
  }

  async room(member: Member, reconnectWindowSeconds: number | null = null): Promise<CommandedRoom> {
    const { appId, memberId } = member;
    const roomId = await createScheduledRoom(this.knex, {
      appId,
      memberId,
      streamKeyId: member.key.streamKeyId,
      type: 'BROADCAST_RTMP',
      title: 'a show',
      description: null,
      accessLevel: 'PUBLIC',
      customType: null,
      customData: null,
      scheduledAt: new Date(),
      reconnectWindowSeconds,
    });
    const row = await this.roomRow(roomId);
    const input: VideoRoomInput = {
      appId,
      roomId,
      memberId,
      streamKeyId: member.key.streamKeyId,
      playbackName: row.playback_name,
      reconnectWindowSeconds,
      transitionNumber: row.transition_number,
    };
    await this.commands.createRoom(input);
    return { appId, roomId, state: 'SCHEDULED', input };
  }

  roomRow = (id: number) => this.knex('video_rooms').where({ id }).first();
  keyRow = (member: Member) => this.knex('stream_keys').where({ id: member.key.streamKeyId }).first();
  roomHandle = (room: CommandedRoom) =>
    this.client.workflow.getHandle(roomWorkflowId(room.appId, room.roomId));
  keyHandle = (member: Member) =>
    this.client.workflow.getHandle(streamKeyWorkflowId(member.appId, member.memberId));
  view = (room: CommandedRoom) => this.roomHandle(room).query(getStateQuery);
  timeline = (room: CommandedRoom) => this.roomHandle(room).query(getTimelineQuery);

  async roomReaches(room: CommandedRoom, state: string, timeoutMs = 15_000): Promise<void> {
    await until(async () => (await this.roomRow(room.roomId)).state === state, {
      timeoutMs,
      what: `room ${room.roomId} to be ${state}`,
    });
  }

  async keyReaches(member: Member, state: string, timeoutMs = 15_000): Promise<void> {
    await until(async () => (await this.keyRow(member)).state === state, {
      timeoutMs,
      what: `the stream key to be ${state}`,
    });
  }

  /** Waits until the room's history has had an activity of this kind complete so many times. */
  async completed(room: CommandedRoom, activity: string, times: number): Promise<void> {
    await until(
      async () => {
        const { events = [] } = await this.roomHandle(room).fetchHistory();
        const scheduled = new Set(
          (events ?? [])
            .filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity)
            .map((event) => String(event.eventId)),
        );
        const done = (events ?? []).filter((event) =>
          scheduled.has(String(event.activityTaskCompletedEventAttributes?.scheduledEventId)),
        );
        return done.length >= times;
      },
      { timeoutMs: 15_000, what: `${activity} to complete ${times} times` },
    );
  }

  /** Waits until a timer of the room was cleared. */
  async timerCleared(room: CommandedRoom): Promise<void> {
    await until(
      async () =>
        (await this.roomHandle(room).fetchHistory()).events?.some(
          (event) => event.timerCanceledEventAttributes,
        ),
      { timeoutMs: 15_000, what: 'a timer to be cleared' },
    );
  }

  /** Ends what runs, and replays every history of this world against today's code; answers how many there were. */
  async replayAll(): Promise<number> {
    await this.terminateAll();
    const histories = this.client.workflow.list().intoHistories();
    const replayed = Worker.runReplayHistories({ workflowBundle: await workflowBundle() }, histories);
    let count = 0;
    const failed: string[] = [];
    // To its end: a loop that is left early waits for its worker for ever.
    for await (const { workflowId, error } of replayed) {
      count += 1;
      if (error) failed.push(`${workflowId}: ${error.message}`);
    }
    expect(failed).toEqual([]);
    return count;
  }

  /** A history that is taken in the middle of a task may end where a replay waits for more, and never gets it. */
  private async terminateAll(): Promise<void> {
    for await (const { workflowId, runId } of this.client.workflow.list({
      query: `ExecutionStatus = 'Running'`,
    })) {
      try {
        await this.client.workflow.getHandle(workflowId, runId).terminate('the test is over');
      } catch (error) {
        // It ended just now by itself.
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    }
  }

  /** The states that the events of a room or key went through, in the order of their numbers 1...n. */
  async states(entity: 'videoRoom' | 'streamKey', id: number): Promise<string[]> {
    const events = await this.knex('events').where({ entity, entity_id: id }).orderBy('seq');
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    return events.map((event) => String(event.type).replace(/^(VIDEO_ROOM|STREAM_KEY)_/, ''));
  }

  /** The ingest sessions that a room's events name, in the order of their numbers. */
  async sessions(roomId: number): Promise<(string | null)[]> {
    const events = await this.knex('events').where({ entity: 'videoRoom', entity_id: roomId }).orderBy('seq');
    return events.map((event) => event.session_id as string | null);
  }
}
