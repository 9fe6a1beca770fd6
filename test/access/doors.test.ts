import { pino } from 'pino';
import { AccessBook } from '../../src/access/book';
import type { Claims } from '../../src/access/claims';
import { ACCESS_LEVELS, type AccessLevel } from '../../src/domain/access';
import { ffprobe } from '../support/ffmpeg';
import { until } from '../support/until';
import { expected } from './let-in';
import { ASKERS, DoorStage, type Asker } from './stage';
import { ask, FlvWatcher, httpDoors, RtmpWatcher } from './viewers';

const SOON = { timeoutMs: 10_000 };
/** Servers, an encoder's clip and its packaging, on a machine that does much else. */
const BUSY_MS = 120_000;
const FIVE_MINUTES_MS = 5 * 60_000;

let stage: DoorStage;
beforeAll(async () => {
  stage = await DoorStage.open();
}, BUSY_MS);
afterEach(() => void (stage.aheadMs = 0));
afterAll(() => stage.close());

/** Sets the level and waits until both doors know it: until each asker gets what the level says. */
async function atLevel(level: AccessLevel, tokens: ReadonlyMap<Asker, string | null>): Promise<void> {
  await stage.setLevel(level);
  for (const [asker, token] of tokens) {
    for (const path of [`/live/${stage.room.name}/v180.m3u8`, `/vod/${stage.post.name}/v180.m3u8`]) {
      const outcome = expected(level, asker, path.startsWith('/live') ? 'ROOM' : 'POST');
      const what = `${asker} to get ${outcome} at ${path} while ${level}`;
      await until(async () => (await ask(stage, path, token)).outcome === outcome, { ...SOON, what });
    }
  }
}

async function tokensOfAll(): Promise<Map<Asker, string | null>> {
  const tokens = new Map<Asker, string | null>();
  for (const asker of ASKERS) tokens.set(asker, await stage.token(asker));
  return tokens;
}

test.each(ACCESS_LEVELS)(
  '%s: at each door just those who may',
  async (level) => {
    const tokens = await tokensOfAll();
    await atLevel(level, tokens);
    const isPublic = level === 'PUBLIC';
    for (const [asker, token] of tokens) {
      for (const path of httpDoors(stage)) {
        const { outcome, url, cacheControl, body } = await ask(stage, path, token);
        const kind = path.startsWith('/live') ? 'ROOM' : 'POST';
        expect([asker, path, outcome]).toEqual([asker, path, expected(level, asker, kind)]);
        if (outcome !== 'ok') continue;
        expect([path, cacheControl === 'private, no-store']).toEqual([path, !isPublic]);
        // Behind a pass, or as it was asked for; what stands there names neither token nor pass.
        if (!isPublic) expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/p\/[0-9a-f]+\/(live|vod)\/[^?]+$/);
        expect(body).not.toContain('streamingToken');
        // But for an MPD, whose readers differ on what its addresses are relative to.
        if (!path.endsWith('.mpd')) expect(body).not.toContain('/p/');
      }
      const flv = await FlvWatcher.start(stage, token);
      const rtmp = await RtmpWatcher.start(stage, token);
      expect([asker, flv.outcome, rtmp.outcome]).toEqual([
        asker,
        expected(level, asker, 'ROOM'),
        expected(level, asker, 'ROOM'),
      ]);
      flv.leave();
      rtmp.leave();
    }
  },
  BUSY_MS,
);

describe('a stock player', () => {
  // ffmpeg's own DASH reader takes the address from before a redirect for its base; players of browsers do not.
  test.each([
    '/live/ROOM/master.m3u8',
    '/live/ROOM/manifest.mpd',
    '/vod/POST/master.m3u8',
    '/vod/POST/manifest.mpd',
  ])('plays %s with the token on its URL alone', async (path) => {
    await stage.setLevel('PRIVATE');
    const at = path.replace('ROOM', stage.room.name).replace('POST', stage.post.name);
    await until(async () => (await ask(stage, at, null)).outcome === 'EMPTY_STREAMING_TOKEN', {
      ...SOON,
      what: 'the level',
    });
    const token = await stage.token('owner');
    const { json } = await ffprobe('-show_streams', `${stage.http}${at}?streamingToken=${token}`);
    const codecs = json.streams.map((stream: { codec_name: string }) => stream.codec_name);
    expect([...new Set(codecs)].sort()).toEqual(['aac', 'h264']);
  });

  test('may bring the token with the connect of RTMP', async () => {
    const player = await RtmpWatcher.start(stage, await stage.token('owner'), 'application');
    expect(player.outcome).toBe('ok');
    player.leave();
  });
});

describe('tokens and passes', () => {
  beforeAll(async () => atLevel('MEMBER', new Map([['member', await stage.token('member')]])), BUSY_MS);

  const passOf = async (asker: Asker, path: string): Promise<string> => {
    const { outcome, url } = await ask(stage, path, await stage.token(asker));
    expect(outcome).toBe('ok');
    return /\/p\/([0-9a-f]+)\//.exec(url)?.[1] ?? '';
  };
  const live = () => `/live/${stage.room.name}/v180.m3u8`;
  const vod = () => `/vod/${stage.post.name}/v180.m3u8`;

  test('a pass opens the one resource that it was given for, and none that was changed opens any', async () => {
    const pass = await passOf('member', live());
    expect((await ask(stage, `/p/${pass}${live()}`, null)).outcome).toBe('ok');
    expect((await ask(stage, `/p/${pass}${vod()}`, null)).outcome).toBe('INVALID_STREAMING_TOKEN');
    for (const at of [1, 20, 60]) {
      const changed = pass.slice(0, at) + (pass[at] === '0' ? '1' : '0') + pass.slice(at + 1);
      expect((await ask(stage, `/p/${changed}${live()}`, null)).outcome).toBe('INVALID_STREAMING_TOKEN');
    }
  });

  test.each(['', 'nonsense', 'a.b.c'])('the token %j is refused', async (token) => {
    expect((await ask(stage, live(), token)).outcome).toBe('INVALID_STREAMING_TOKEN');
    expect((await RtmpWatcher.start(stage, token)).outcome).toBe('INVALID_STREAMING_TOKEN');
  });

  test('an expired token is refused, and a pass that is over may be renewed', async () => {
    const old = await stage.token('member', -1);
    expect((await ask(stage, live(), old)).outcome).toBe('EXPIRED_STREAMING_TOKEN');
    const pass = await passOf('member', live());
    stage.aheadMs = 2 * 3_600_000;
    expect((await ask(stage, `/p/${pass}${live()}`, null)).outcome).toBe('EXPIRED_STREAMING_TOKEN');
    const longer = await stage.token('member', 3 * 3_600);
    expect((await ask(stage, `/p/${pass}${live()}`, longer)).outcome).toBe('ok');
  });

  test('no query per segment', async () => {
    const pass = await passOf('member', live());
    const segment = `/p/${pass}/live/${stage.room.name}/${stage.segment}`;
    // Re-reads go on all the while: what is counted is what a hundred segments add to them.
    const before = stage.queries;
    const began = Date.now();
    for (let i = 0; i < 100; i += 1) expect((await ask(stage, segment, null)).outcome).toBe('ok');
    const rereads = Math.ceil((Date.now() - began) / 200) + 1;
    expect(stage.queries - before).toBeLessThanOrEqual(rereads * 3);
  });

  test('who asks no longer is forgotten, also while others stay', async () => {
    const times = { rereadMs: 20, forgetMs: 40 };
    const book = new AccessBook({ knex: stage.knex, log: pino({ level: 'silent' }), times });
    const claims = (asker: Asker): Claims => ({
      viewer: { kind: 'member', appId: stage.owner.appId, memberId: stage.idOf(asker) },
      ...{ familyId: null, issuedAtMs: Date.now(), expiresAtMs: Date.now() + FIVE_MINUTES_MS },
    });
    let read: unknown = null;
    const note = ({ sql, bindings }: { sql: string; bindings: unknown[] }) => {
      if (sql.includes('unnest')) read = bindings.at(-1);
    };
    stage.knex.on('query', note);
    book.start();
    try {
      const stays = await book.admit('live', stage.room.name, claims('friend'));
      stays.watch(() => undefined);
      await book.admit('live', stage.room.name, claims('member'));
      expect(read).toEqual([stage.idOf('friend'), stage.idOf('member')]);
      const forgotten = () => JSON.stringify(read) === JSON.stringify([stage.idOf('friend')]);
      await until(forgotten, { ...SOON, what: 'the one who left to be forgotten' });
    } finally {
      stage.knex.off('query', note);
      await book.close();
    }
  });

  test('the preview takes no token, and no cache keeps it', async () => {
    const { outcome, cacheControl } = await ask(stage, `/live/${stage.previewName}/master.m3u8`, null);
    expect([outcome, cacheControl]).toEqual(['ok', 'private, no-store']);
  });

  test('what is not here is not found, with a token and without', async () => {
    for (const token of [null, await stage.token('owner')]) {
      expect((await ask(stage, '/live/nothing/master.m3u8', token)).outcome).toBe('VIDEO_ROOM_NOT_FOUND');
      expect((await ask(stage, '/vod/nothing/master.m3u8', token)).outcome).toBe('VIDEO_POST_NOT_FOUND');
    }
  });
});

describe('who watches is stopped', () => {
  const members = () => stage.knex('members');

  /** A viewer of each kind, at the level; their segments' pass, too. */
  async function watching(level: AccessLevel, asker: Asker, by?: string) {
    await atLevel(level, new Map([[asker, await stage.token(asker)]]));
    const token = by ?? (await stage.token(asker));
    const playlist = await ask(stage, `/live/${stage.room.name}/v180.m3u8`, token);
    const flv = await FlvWatcher.start(stage, token);
    const rtmp = await RtmpWatcher.start(stage, token);
    expect([playlist.outcome, flv.outcome, rtmp.outcome]).toEqual(['ok', 'ok', 'ok']);
    return { flv, rtmp, path: new URL(playlist.url).pathname };
  }

  const DENIED = 'VIDEO_ROOM_ACCESS_DENIED';
  const REVOKED = 'INVALID_STREAMING_TOKEN';
  const follow = () => ({ app_id: stage.owner.appId, follower_id: stage.idOf('follower') });

  test.each<[string, AccessLevel, Asker, string, () => Promise<unknown>, () => Promise<unknown>]>([
    [
      'by a removed follow',
      'FOLLOWER',
      'follower',
      DENIED,
      () => stage.knex('follows').where(follow()).delete(),
      () => stage.knex('follows').insert({ ...follow(), followee_id: stage.owner.memberId }),
    ],
    ['by a changed level', 'MEMBER', 'member', DENIED, () => stage.setLevel('FRIEND'), async () => undefined],
    [
      'by a ban',
      'MEMBER',
      'member',
      DENIED,
      () =>
        stage.knex('channel_members').insert({
          ...{ channel_id: stage.room.id, member_id: stage.idOf('member'), type: 'MEMBER', state: 'BANNED' },
          joined_at: new Date(),
        }),
      () =>
        stage
          .knex('channel_members')
          .where({ member_id: stage.idOf('member') })
          .delete(),
    ],
    [
      'by revoked tokens',
      'MEMBER',
      'friend',
      REVOKED,
      () =>
        members()
          .where({ id: stage.idOf('friend') })
          .update({ tokens_valid_after: new Date(Date.now() + 1) }),
      async () => undefined,
    ],
    [
      'by the end of its member',
      'APP',
      'guest',
      REVOKED,
      () =>
        members()
          .where({ id: stage.idOf('guest') })
          .update({ entity_state: 'DELETED' }),
      () =>
        members()
          .where({ id: stage.idOf('guest') })
          .update({ entity_state: 'ACTIVE', tokens_valid_after: null }),
    ],
    [
      'by the end of the room',
      'APP',
      'app',
      'VIDEO_ROOM_NOT_FOUND',
      () => stage.knex('video_rooms').where({ id: stage.room.id }).update({ entity_state: 'DELETED' }),
      () => stage.knex('video_rooms').where({ id: stage.room.id }).update({ entity_state: 'ACTIVE' }),
    ],
    [
      'by a forced end, also of what was public',
      'PUBLIC',
      'nobody',
      'VIDEO_ROOM_NOT_FOUND',
      () => stage.knex('video_rooms').where({ id: stage.room.id }).update({ forcibly_terminated: true }),
      () => stage.knex('video_rooms').where({ id: stage.room.id }).update({ forcibly_terminated: false }),
    ],
  ])('%s', async (_why, level, asker, code, change, back) => {
    const { flv, rtmp, path } = await watching(level, asker);
    await change();
    expect(await rtmp.ended()).toBe(code);
    await flv.ended();
    expect((await ask(stage, path, null)).outcome).toBe(code);
    await back();
  });

  test('by the end of its token', async () => {
    const { flv, rtmp, path } = await watching('MEMBER', 'member', (await stage.token('member', 60)) ?? '');
    stage.aheadMs = 61_000;
    expect(await rtmp.ended()).toBe('EXPIRED_STREAMING_TOKEN');
    await flv.ended();
    expect((await ask(stage, path, null)).outcome).toBe('EXPIRED_STREAMING_TOKEN');
  });

  test('by the end of its login, and no other of the same member is', async () => {
    const [stolen, other] = [await stage.login('member'), await stage.login('member')];
    const watches = await watching('MEMBER', 'member', stolen.token);
    const goesOn = await watching('MEMBER', 'member', other.token);
    await stolen.misuse();
    expect(await watches.rtmp.ended()).toBe(REVOKED);
    await watches.flv.ended();
    expect((await ask(stage, watches.path, null)).outcome).toBe(REVOKED);
    const path = `/live/${stage.room.name}/v180.m3u8`;
    expect((await ask(stage, path, stolen.token)).outcome).toBe(REVOKED);
    expect((await ask(stage, goesOn.path, null)).outcome).toBe('ok');
    expect([goesOn.flv.watching, goesOn.rtmp.watching]).toEqual([true, true]);
    goesOn.flv.leave();
    goesOn.rtmp.leave();
  });

  test('by a ban, also of what was recorded in the room', async () => {
    await atLevel('MEMBER', new Map([['member', await stage.token('member')]]));
    const { url } = await ask(stage, `/vod/${stage.post.name}/v180.m3u8`, await stage.token('member'));
    const outcome = async () => (await ask(stage, new URL(url).pathname, null)).outcome;
    expect(await outcome()).toBe('ok');
    const banned = { channel_id: stage.room.id, member_id: stage.idOf('member') };
    await stage
      .knex('channel_members')
      .insert({ ...banned, type: 'MEMBER', state: 'BANNED', joined_at: new Date() });
    const what = 'the recording to be shut';
    await until(async () => (await outcome()) === 'VIDEO_POST_ACCESS_DENIED', { ...SOON, what });
    await stage.knex('channel_members').where(banned).delete();
    await until(async () => (await outcome()) === 'ok', { ...SOON, what: 'the recording to be open again' });
  });

  test('but for a level that widens, nobody is', async () => {
    const { flv, rtmp } = await watching('MEMBER', 'member');
    await stage.setLevel('PUBLIC');
    const open = async () => (await ask(stage, `/live/${stage.room.name}/v180.m3u8`, null)).outcome === 'ok';
    await until(open, { ...SOON, what: 'the level' });
    expect([flv.watching, rtmp.watching]).toEqual([true, true]);
    flv.leave();
    rtmp.leave();
  });
});

test("an archived room's live address plays its recording: to those who may watch that", async () => {
  const room = () => stage.knex('video_rooms').where({ id: stage.room.id });
  const post = () => stage.knex('video_posts').where({ id: stage.post.id });
  const path = `/live/${stage.room.name}/v180.m3u8`;
  await atLevel('PUBLIC', new Map([['nobody', null]]));
  await room().update({ state: 'ARCHIVED' });
  await post().update({ access_level: 'PRIVATE' });
  const comesTo = (outcome: string) =>
    until(async () => (await ask(stage, path, null)).outcome === outcome, { ...SOON, what: outcome });
  await comesTo('EMPTY_STREAMING_TOKEN');
  expect((await ask(stage, path, await stage.token('owner'))).outcome).toBe('ok');
  await post().update({ entity_state: 'DELETED' });
  await comesTo('VIDEO_ROOM_NOT_FOUND');
  await post().update({ entity_state: 'ACTIVE' });
  await room().update({ state: 'LIVE' });
  await comesTo('ok');
});

test('an app that moves over plays everything as PUBLIC, and the log warns', async () => {
  await stage.setLevel('PRIVATE');
  const app = () => stage.knex('apps').where({ id: stage.owner.appId });
  const path = `/live/${stage.room.name}/v180.m3u8`;
  await until(async () => (await ask(stage, path, null)).outcome !== 'ok', { ...SOON, what: 'the level' });
  await app().update({ access_levels: 'original' });
  await until(async () => (await ask(stage, path, null)).outcome === 'ok', { ...SOON, what: 'the setting' });
  expect(stage.log).toContain('accessLevels is original');
  await app().update({ access_levels: 'enforced' });
  await until(async () => (await ask(stage, path, null)).outcome !== 'ok', { ...SOON, what: 'the setting' });
});

test('Postgres away: who watches goes on for five minutes, others are told to come back, public stays public', async () => {
  const path = `/live/${stage.room.name}/v180.m3u8`;
  await atLevel('MEMBER', new Map([['member', await stage.token('member')]]));
  const [token, other] = [await stage.token('member'), await stage.newcomer()];
  const watching = await ask(stage, path, token);
  const flv = await FlvWatcher.start(stage, token);
  const rtmp = await RtmpWatcher.start(stage, token);
  stage.line.cut();
  stage.aheadMs = FIVE_MINUTES_MS - 30_000;
  expect((await ask(stage, path, other)).outcome).toBe('DATABASE_UNAVAILABLE');
  expect((await RtmpWatcher.start(stage, other)).outcome).toBe('DATABASE_UNAVAILABLE');
  // Its key was not read yet: whether it is one of ours can't be told now.
  const header = Buffer.from('{"alg":"HS256","typ":"streaming+jwt","kid":"new"}').toString('base64url');
  const keyed = other.replace(/^[^.]+/, header);
  expect((await ask(stage, path, keyed)).outcome).toBe('DATABASE_UNAVAILABLE');
  expect((await RtmpWatcher.start(stage, keyed)).outcome).toBe('DATABASE_UNAVAILABLE');
  expect((await ask(stage, new URL(watching.url).pathname, null)).outcome).toBe('ok');
  expect([flv.watching, rtmp.watching]).toEqual([true, true]);
  stage.aheadMs = FIVE_MINUTES_MS + 30_000;
  expect(await rtmp.ended()).toBe('DATABASE_UNAVAILABLE');
  await flv.ended();
  expect((await ask(stage, new URL(watching.url).pathname, null)).outcome).toBe('DATABASE_UNAVAILABLE');
  stage.aheadMs = 0;
  stage.line.mend();
  await until(async () => (await ask(stage, path, other)).outcome === 'ok', {
    timeoutMs: 10_000,
    what: 'the database to be back',
  });
});

test('no token and no pass stands in the log', async () => {
  const token = await stage.token('owner');
  await stage.setLevel('PRIVATE');
  const { url } = await ask(stage, `/live/${stage.room.name}/master.m3u8`, token);
  await RtmpWatcher.start(stage, await stage.token('member'));
  expect(stage.log).not.toMatch(/streamingToken|eyJ/);
  expect(stage.log).not.toContain(/\/p\/([0-9a-f]+)\//.exec(url)?.[1] ?? 'eyJ');
});
