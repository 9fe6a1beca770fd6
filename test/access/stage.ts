import { randomUUID } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { pino } from 'pino';
import { createAccess, type Access } from '../../src/access';
import { createIngest } from '../../src/ingest/create-ingest';
import type { IngestServer } from '../../src/ingest/ingest-server';
import { readTimeline } from '../../src/media/timeline/read';
import { writeVod } from '../../src/media/vod/write';
import { createPlayback, type Playback } from '../../src/playback';
import { createKnex } from '../../src/store/knex';
import { ensureVideoPostOfRoom } from '../../src/store/video-posts';
import type { Vault } from '../../src/store/vault';
import { RefreshTokens } from '../../src/tokens/refresh-tokens';
import { Tokens } from '../../src/tokens/tokens';
import { MemoryControlPlane, MemoryKeys } from '../ingest/support/ports';
import {
  openSession,
  play,
  sourceTags,
  stage as mediaStage,
  type Stage as MediaStage,
} from '../media/plane/harness';
import { newMember, newOwner, newRoom, newVault, type Owner } from '../store/fixtures';
import { startStack, type Stack } from '../support/stack';
import { CuttableLine } from './cuttable-line';
import { PICTURES } from './viewers';

const SECOND_MS = 1_000;
const HOUR_SECONDS = 3_600;
/** Short, so that what waits for the next re-read takes a moment. */
const REREAD_MS = 200;

export const ASKERS = [
  'nobody',
  'guest',
  'member',
  'follower',
  'friend',
  'listed',
  'owner',
  'app',
  'other app',
] as const;
export type Asker = (typeof ASKERS)[number];

interface DoorParts {
  stack: Stack;
  line: CuttableLine;
  /** Not by way of the line. */
  knex: Knex;
  mediaKnex: Knex;
  media: MediaStage;
  access: Access;
  ingest: IngestServer;
  playback: Playback;
  vault: Vault;
  tokens: Tokens;
  owner: Owner;
  otherApp: Owner;
  room: { id: number; name: string };
  post: { id: number; name: string };
  previewName: string;
  segment: string;
  http: string;
  rtmpPort: number;
  lines: string[];
}

/**
 * One room on air in RTMP_CMAF and its post, behind real doors: media plane, RTMP listener and playback server of one media
 * process, a real Postgres. Nobody encodes for the doors' sake: the tags are a clip's.
 */
export class DoorStage {
  /** Advances the clock of access, not of tokens. */
  aheadMs = 0;
  queries = 0;
  readonly memberIds = new Map<Asker, number>();

  private constructor(private readonly on: DoorParts) {}

  static async open(): Promise<DoorStage> {
    const stack = await startStack();
    const line = await CuttableLine.to(stack.databaseUrl);
    const knex = createKnex(stack.databaseUrl);
    const mediaKnex = createKnex(line.databaseUrl);
    const vault = newVault();
    const owner = await newOwner(knex, vault);
    const otherApp = await newOwner(knex, vault, 'mallory');
    const media = await mediaStage();
    const { room, previewName, segment } = await goLive(knex, owner, media);
    const post = await makePost(knex, owner, room, media);
    const lines: string[] = [];
    const log = pino({ level: 'debug' }, { write: (text: string) => void lines.push(text) });
    const tokens = new Tokens({ knex: mediaKnex, vault });
    let stage: DoorStage | null = null;
    const access = createAccess({
      ...{ knex: mediaKnex, databaseUrl: line.databaseUrl, vault, log },
      verify: (token) => tokens.verifyStreaming(token),
      media: {
        isPreview: (name) => media.plane.isPreview(name),
        has: (kind, name) =>
          kind === 'live'
            ? media.plane.feed(name) !== null
            : stat(media.layout.vodDir(name)).then(
                () => true,
                () => false,
              ),
      },
      times: { rereadMs: REREAD_MS, answerMs: 5 * SECOND_MS },
      now: () => Date.now() + (stage?.aheadMs ?? 0),
    });
    const ingest = createIngest({
      config: { host: '127.0.0.1', port: 0 },
      ...{ nodeId: 'node-1', layout: media.layout, media: media.plane, access: access.gate, log },
      ...{ keyResolver: new MemoryKeys(), controlPlane: new MemoryControlPlane() },
      previewNameOf: (sessionId) => `preview-${sessionId}`,
    });
    const playback = createPlayback({
      ...{ host: '127.0.0.1', port: 0, media: media.plane, access: access.gate, layout: media.layout, log },
    });
    access.start();
    const http = `http://127.0.0.1:${await playback.listen()}`;
    const { port } = await ingest.listen();
    stage = new DoorStage({
      ...{ stack, line, knex, mediaKnex, media, access, ingest, playback, vault, tokens },
      ...{ owner, otherApp, room, post, previewName, segment, http, rtmpPort: port, lines },
    });
    mediaKnex.on('query', () => stage && (stage.queries += 1));
    await stage.introduce();
    return stage;
  }

  get log(): string {
    return this.on.lines.join('');
  }

  get knex(): Knex {
    return this.on.knex;
  }

  get line(): CuttableLine {
    return this.on.line;
  }

  get room(): { id: number; name: string } {
    return this.on.room;
  }

  get post(): { id: number; name: string } {
    return this.on.post;
  }

  get owner(): Owner {
    return this.on.owner;
  }

  get previewName(): string {
    return this.on.previewName;
  }

  /** One that is public: below the room's address as well as below the post's. */
  get segment(): string {
    return this.on.segment;
  }

  get http(): string {
    return this.on.http;
  }

  get rtmpPort(): number {
    return this.on.rtmpPort;
  }

  async token(asker: Asker, seconds = HOUR_SECONDS): Promise<string | null> {
    const { appId, memberId } = this.owner;
    switch (asker) {
      case 'nobody':
        return null;
      case 'app':
        return this.on.tokens.mintStreaming({ appId, memberId: null, guest: false, seconds });
      case 'owner':
        return this.on.tokens.mintStreaming({ appId, memberId, guest: false, seconds });
      case 'other app': {
        const { otherApp } = this.on;
        const of = { appId: otherApp.appId, memberId: otherApp.memberId, guest: false, seconds };
        return this.on.tokens.mintStreaming(of);
      }
      default: {
        const guest = asker === 'guest';
        return this.on.tokens.mintStreaming({ appId, memberId: this.idOf(asker), guest, seconds });
      }
    }
  }

  /** A login of a member: its token, and what ends it: the use of a refresh token that was spent long ago. */
  async login(asker: Asker): Promise<{ token: string; misuse(): Promise<void> }> {
    const refreshTokens = new RefreshTokens({ knex: this.knex, vault: this.on.vault });
    const of = { appId: this.owner.appId, memberId: this.idOf(asker) };
    const first = await refreshTokens.begin(of, Date.now());
    const { refreshToken } = await refreshTokens.rotate(first.refreshToken);
    await refreshTokens.rotate(refreshToken);
    return {
      token: await this.on.tokens.mintStreaming({
        ...{ ...of, guest: false, familyId: first.familyId },
        seconds: HOUR_SECONDS,
      }),
      misuse: () =>
        refreshTokens.rotate(first.refreshToken).then(
          () => Promise.reject(new Error('a token was spent twice')),
          () => undefined,
        ),
    };
  }

  /** The token of a member whom no door has seen. */
  async newcomer(): Promise<string> {
    const { appId } = this.owner;
    const { memberId } = await newMember(this.knex, this.on.vault, appId, `new${randomUUID()}`);
    return this.on.tokens.mintStreaming({ appId, memberId, guest: false, seconds: HOUR_SECONDS });
  }

  idOf(asker: Asker): number {
    const id = this.memberIds.get(asker);
    if (id === undefined) throw new Error(`${asker} is no member`);
    return id;
  }

  async setLevel(level: string): Promise<void> {
    await this.knex('video_rooms').where({ id: this.room.id }).update({ access_level: level });
    await this.knex('video_posts').where({ id: this.post.id }).update({ access_level: level });
  }

  async close(): Promise<void> {
    const { playback, ingest, access, media, mediaKnex, knex, line, stack } = this.on;
    await playback.close();
    await ingest.close();
    await access.close();
    await media.close();
    await Promise.all([mediaKnex.destroy(), knex.destroy()]);
    await line.close();
    await stack.stop();
  }

  /** Everybody who asks, with what ties them to the owner and the room. */
  private async introduce(): Promise<void> {
    const { appId, memberId: ownerId } = this.owner;
    for (const asker of ['guest', 'member', 'follower', 'friend', 'listed'] as const) {
      const { memberId } = await newMember(this.knex, this.on.vault, appId, asker);
      this.memberIds.set(asker, memberId);
    }
    const [follower, friend, listed] = [this.idOf('follower'), this.idOf('friend'), this.idOf('listed')];
    await this.knex('members')
      .where({ id: this.idOf('guest') })
      .update({ type: 'GUEST' });
    await this.knex('follows').insert({ app_id: appId, follower_id: follower, followee_id: ownerId });
    // The other way round, and one-sided: neither is a tie.
    await this.knex('follows').insert({
      app_id: appId,
      follower_id: ownerId,
      followee_id: this.idOf('member'),
    });
    await this.knex('friendships').insert([
      { app_id: appId, member_id: friend, friend_id: ownerId },
      { app_id: appId, member_id: ownerId, friend_id: friend },
      { app_id: appId, member_id: this.idOf('member'), friend_id: ownerId },
    ]);
    for (const [entity, entity_id] of [
      ['videoRoom', this.room.id],
      ['videoPost', this.post.id],
    ] as const)
      await this.knex('allowed_members').insert({ app_id: appId, entity, entity_id, member_id: listed });
  }
}

/** A room whose session goes on, with a public segment and a picture for those who come. */
async function goLive(knex: Knex, owner: Owner, media: MediaStage) {
  const id = await newRoom(knex, owner);
  const { playback_name: name } = await knex('video_rooms').where({ id }).first('playback_name');
  await knex('video_rooms').where({ id }).update({ state: 'LIVE', format: 'RTMP_CMAF' });
  const tags = await sourceTags({ seconds: 8, size: '320x180' });
  const session = openSession(media.plane, 'RTMP_CMAF');
  const goLiveAt = new Date().toISOString();
  await media.plane.openBroadcast({ playbackName: name, sessionId: session.facts.sessionId, goLiveAt });
  await play(session.pipeline, tags, 4);
  await session.viewable;
  const playlist = (await media.plane.playlists(name)?.media('v180')) ?? '';
  const segment = /^0\/v180\/\d+\.m4s$/m.exec(playlist)?.[0];
  if (!segment) throw new Error('nothing went public');
  return { room: { id, name: String(name) }, previewName: session.facts.previewName, segment };
}

/** The post of the room, with a file of each kind beside its playlists. */
async function makePost(knex: Knex, owner: Owner, room: { id: number; name: string }, media: MediaStage) {
  const post = await ensureVideoPostOfRoom(knex, { appId: owner.appId, roomId: room.id });
  const { layout } = media;
  const index = await readTimeline(layout.timeline(room.name));
  if (!index) throw new Error('no timeline');
  await writeVod(layout.vodDir(post.name), index);
  for (const file of ['original.mp4', ...PICTURES])
    await writeFile(join(layout.vodDir(post.name), file), Buffer.alloc(1_000));
  await mkdir(join(layout.ladderDir(post.name), 'v360'), { recursive: true });
  for (const file of ['360p.mp4', 'v360.m3u8', 'v360/init.mp4', 'v360/00001.m4s'])
    await writeFile(join(layout.ladderDir(post.name), file), 'media');
  return { id: post.id, name: post.name };
}
