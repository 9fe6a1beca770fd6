import { createReadStream, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createDeliverCallback } from '../../../src/activities/deliver-callback';
import { AddressPolicy } from '../../../src/callbacks/address-policy';
import type { CallbackLine } from '../../../src/domain/callbacks';
import {
  callbackWorkflowId,
  deleteFilesWorkflowId,
  postFileWorkflowId,
  TASK_QUEUE_CALLBACKS,
  videoPostWorkflowId,
} from '../../../src/domain/ids';
import type { UploadKind } from '../../../src/domain/upload';
import { storePart } from '../../../src/media/upload/part-files';
import { dueLines, overdueLines } from '../../../src/store/callback-deliveries';
import { insertVideoPost, readVideoPost, stepVideoPost } from '../../../src/store/edit-video-posts';
import { createRecordTransition } from '../../../src/store/record-transition';
import { openUpload, recordPart, setUploadState } from '../../../src/store/uploads';
import { CallbackWakes } from '../../../src/temporal/callback-wakes';
import { TemporalPostCommands } from '../../../src/temporal/post-commands';
import type { DeleteFilesInput } from '../../../src/workflows/messages';
import { Receiver } from '../../callbacks/support/receiver';
import { newRoom, roomTransition, type Owner } from '../../store/fixtures';
import { until } from '../../support/until';
import type { World } from '../../workflow/support/world';
import { Show } from './scenarios';

const VIDEO = resolve(__dirname, '../../fixtures/media/video.mp4');
const TIMEOUT_MS = 60_000;
const FIRST_RETRY_MS = 500;
/** Long enough to be told of another callback meanwhile. */
const RETRY_AFTER_SECONDS = 2;
const LINES = 100;

/** A story of what is done beside a show: callbacks, uploads, deletions. */
export interface WorkStory {
  story: string;
  /** Needs the world for itself. */
  alone?: true;
  /** Answers the ids of the workflows to keep, by the names of their files; each is over then. */
  work(world: World): Promise<Record<string, string>>;
}

const over = (world: World, ...workflowIds: string[]) =>
  Promise.all(workflowIds.map((id) => world.client.workflow.getHandle(id).result()));

// ---- callbacks --------------------------------------------------------------------------------

/** One worker a world. */
const DELIVERING = new WeakMap<World, Promise<void>>();

function deliver(world: World): Promise<void> {
  const { knex, vault, log } = world;
  const policy = AddressPolicy.of({ host: '127.0.0.1', allowedNetworks: [] });
  const deliverCallback = createDeliverCallback({ knex, vault, policy, firstRetryMs: FIRST_RETRY_MS, log });
  return world.work({ taskQueue: TASK_QUEUE_CALLBACKS, activities: { deliverCallback } });
}

/** A room whose app has a receiver; its first callback is written. */
class ToldRoom {
  private constructor(
    private readonly world: World,
    readonly receiver: Receiver,
    readonly line: CallbackLine,
    private readonly owner: Owner,
    private readonly wakes: CallbackWakes,
  ) {}

  static async begin(world: World): Promise<ToldRoom> {
    const { knex, log, client } = world;
    const receiver = await Receiver.start();
    if (!DELIVERING.has(world)) DELIVERING.set(world, deliver(world));
    await DELIVERING.get(world);
    const { appId, memberId, key } = await world.member();
    await knex('apps').where({ id: appId }).update({ callback_url: receiver.url });
    const owner = { appId, memberId, streamKeyId: key.streamKeyId } as Owner;
    const roomId = await newRoom(knex, owner);
    const lines = {
      overdue: (overdueMs: number) => overdueLines(knex, overdueMs, LINES),
      due: (told: readonly CallbackLine[]) => dueLines(knex, told),
    };
    const line = { appId, entity: 'videoRoom', entityId: roomId } as const;
    return new ToldRoom(world, receiver, line, owner, new CallbackWakes(client, lines, log));
  }

  async moves(...transitionNumbers: number[]): Promise<void> {
    const record = createRecordTransition(this.world.knex);
    for (const transitionNumber of transitionNumbers)
      await record(roomTransition(this.owner, this.line.entityId, { transitionNumber }));
  }

  wake = () => this.wakes.wake(this.line);

  async end(): Promise<string> {
    const workflowId = callbackWorkflowId(this.line);
    await this.wakes.stop();
    await over(this.world, workflowId);
    await this.receiver.stop();
    return workflowId;
  }
}

// ---- uploads ----------------------------------------------------------------------------------

/** An uploaded post, as API and media node make it. */
class Upload {
  private readonly commands: TemporalPostCommands;
  private constructor(
    private readonly world: World,
    readonly post: { appId: number; videoPostId: number },
  ) {
    this.commands = new TemporalPostCommands(world.client);
  }

  static async begin(world: World): Promise<Upload> {
    const owner = await world.member();
    const videoPostId = await insertVideoPost(world.knex, owner, { title: 'an upload' });
    return new Upload(world, { appId: owner.appId, videoPostId });
  }

  get workflowId(): string {
    return videoPostWorkflowId(this.post.appId, this.post.videoPostId);
  }

  /** Puts a file in one part and completes it; answers the upload's id. */
  async put(kind: UploadKind, file: string): Promise<number> {
    const { knex, layout } = this.world;
    const bytes = statSync(file).size;
    const wanted = { ...this.post, kind, filename: 'file', contentType: 'video/mp4', bytes, partCount: 1 };
    const upload = await knex.transaction((trx) => openUpload(trx, wanted));
    const { signal } = new AbortController();
    const dir = layout.uploadDir(upload.name);
    const part = await storePart(dir, { number: 1, bytes }, createReadStream(file), signal);
    await recordPart(knex, upload.name, { part_number: 1, etag: part.etag, bytes });
    await setUploadState(knex, upload.id, 'COMPLETED');
    if (kind === 'src') await stepVideoPost(knex, this.post.videoPostId, 'uploaded');
    return upload.id;
  }

  async process(): Promise<void> {
    await this.commands.processPost(this.post);
    await over(this.world, this.workflowId);
  }

  /** The picture that was made of it, uploaded as its thumbnail. */
  async putThumbnail(): Promise<string> {
    const { appId, videoPostId } = this.post;
    const { name } = await readVideoPost(this.world.knex, appId, videoPostId);
    const uploadId = await this.put('thumbnail', join(this.world.layout.vodDir(name), 'thumbnail.jpg'));
    await this.commands.takePostFile({ appId, videoPostId, uploadId });
    const workflowId = postFileWorkflowId(appId, videoPostId, uploadId);
    await over(this.world, workflowId);
    return workflowId;
  }
}

export const WORK_STORY: Record<string, WorkStory> = {
  'callbacks-delivered': {
    story: 'three callbacks of a room, each taken at once',
    async work(world) {
      const room = await ToldRoom.begin(world);
      await room.moves(1, 2);
      room.wake();
      return { callbacks: await room.end() };
    },
  },
  'callbacks-recovered': {
    story:
      'the receiver fails three times and asks for time, a callback more comes meanwhile; then it takes them all',
    async work(world) {
      const room = await ToldRoom.begin(world);
      const { receiver } = room;
      const later = { 'retry-after': String(RETRY_AFTER_SECONDS) };
      receiver.answer = () => {
        if (receiver.arrivals.length === 3) return (response) => response.writeHead(503, later).end();
        return receiver.arrivals.length < 3 ? 503 : 200;
      };
      room.wake();
      await receiver.has(3);
      await room.moves(1);
      room.wake();
      await receiver.has(5);
      return { callbacks: await room.end() };
    },
  },
  'post-processed': {
    story: 'a movie is uploaded and processed, and then another thumbnail for it',
    async work(world) {
      const upload = await Upload.begin(world);
      await upload.put('src', VIDEO);
      await upload.process();
      return { post: upload.workflowId, thumbnail: await upload.putThumbnail() };
    },
  },
  'post-retried': {
    story: 'the processing of an upload fails, its cause is mended, and it is retried',
    alone: true,
    async work(world) {
      const upload = await Upload.begin(world);
      await upload.put('src', VIDEO);
      world.archiveFailure = 'the disk is gone';
      await upload.process();
      world.archiveFailure = null;
      await upload.process();
      return { post: upload.workflowId };
    },
  },
  'post-refused': {
    story: 'what is uploaded is no movie; the next upload is',
    async work(world) {
      const upload = await Upload.begin(world);
      await upload.put('src', __filename);
      await upload.process();
      await upload.put('src', VIDEO);
      await upload.process();
      return { post: upload.workflowId };
    },
  },
  'files-deleted': {
    story: 'a room that waits and one that is over are deleted, and the post of the second',
    async work(world) {
      const show = await Show.begin(world, world.nodes[0]!);
      await show.end(await show.live());
      const { appId, roomId } = show.room;
      const waiting = await world.room(show.member);
      const post = await world.knex('video_posts').where({ video_room_id: roomId }).first();
      const deleted: Record<string, DeleteFilesInput> = {
        waiting: { kind: 'videoRoom', appId, id: waiting.roomId, name: waiting.input.playbackName },
        over: { kind: 'videoRoom', appId, id: roomId, name: show.room.input.playbackName },
        post: { kind: 'videoPost', appId, id: post.id, name: post.name },
      };
      const kept: Record<string, string> = {};
      for (const [name, input] of Object.entries(deleted)) {
        const { kind, id } = input;
        const table = kind === 'videoRoom' ? 'video_rooms' : 'video_posts';
        await world.knex(table).where({ id }).update({ entity_state: 'DELETED' });
        await world.commands.deleteFiles(input);
        kept[name] = deleteFilesWorkflowId(kind, appId, id);
        await over(world, kept[name]);
      }
      await until(async () => (await world.roomHandle(waiting).describe()).status.name === 'CANCELLED', {
        timeoutMs: TIMEOUT_MS,
        what: 'the workflow of the waiting room to end',
      });
      return kept;
    },
  },
};
