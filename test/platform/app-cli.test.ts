import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { startProcesses, type Processes } from '../support/processes';

const START_TIMEOUT_MS = 120_000;
/** A call takes a third of a second on an idle machine. */
const MANY_CALLS_TIMEOUT_MS = 60_000;
const PROGRAM = resolve(__dirname, '../../dist/src/bin/app.js');

interface App {
  id: number;
  apiKey: string;
  apiSecret: string;
}

let stack: Processes;
let app: App;
beforeAll(async () => {
  stack = await startProcesses();
  app = JSON.parse((await cli('create', 'A', 'company')).out) as App;
}, START_TIMEOUT_MS);
afterAll(() => stack.remove(), START_TIMEOUT_MS);

/** The command beside the running start: it gets the folder, and nothing else. */
async function run(env: Record<string, string>, args: string[], input = '') {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: { PATH: process.env.PATH, ...env } });
  child.stdin.end(input);
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const [code, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, out, err };
}
const cli = (...args: string[]) => run({ DATA_DIR: stack.dataDir }, args);

async function ask(path: string, { apiKey, apiSecret }: Omit<App, 'id'> = app, init: RequestInit = {}) {
  const authorization = `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json', ...init.headers };
  const answer = await fetch(`${stack.addresses.api}/v2/apps/me${path}`, { ...init, headers });
  return { status: answer.status, body: (await answer.json()) as any };
}
const keyOf = async (appUserId: string) => (await ask(`/members/${appUserId}/stream-key`)).body;
const register = (appUserId: string) =>
  ask('/members', app, { method: 'POST', body: JSON.stringify({ appUserId }) });

it('makes an app that works at once, and lists it beside the demo app', async () => {
  expect((await register('alice')).status).toBe(201);
  const { out } = await cli('list');
  const rows = out
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
  expect(rows.map(([, key]) => key)).toEqual([stack.credentials.apiKey, app.apiKey]);
  expect(rows.map((row) => row[3])).toEqual(['Showrunner demo', 'A company']);
  expect(out).not.toContain(app.apiSecret);
});

it('settings count at once, and are shown as they are set', async () => {
  const { id: profileId } = (await ask('/transcoding-profiles?name=portrait')).body.content[0];
  const set = await cli(
    ...['set', String(app.id), 'default-output-mode=CMAF', `default-profile=${profileId}`],
    ...['reconnect-window=90', 'members-may-create-rooms=no', 'streaming-token-seconds=600'],
    'access-levels=original',
    ...['cors-origins=https://a.example,https://b.example:8443', 'callback-types=VIDEO_ROOM_LIVE'],
  );
  expect(set).toEqual({ code: 0, out: '', err: '' });
  const key = await keyOf('alice');
  expect(key.app.defaultRtmpOutputMode).toBe('CMAF');
  expect(key.profile.id).toBe(profileId);
  const room = await ask('/video-rooms', app, {
    method: 'POST',
    body: JSON.stringify({
      appUserId: 'alice',
      type: 'BROADCAST_RTMP',
      scheduledAt: '2027-01-01T00:00:00Z',
    }),
  });
  expect(room.body.reconnectWindow).toBe(90);
  const elsewhere = await ask('/members', app, { headers: { origin: 'https://evil.example' } });
  expect(elsewhere.status).toBe(403);
  const { out } = await cli('show', app.apiKey);
  for (const line of [
    `id=${app.id}`,
    'name=A company',
    'default-output-mode=CMAF',
    `default-profile=${profileId}`,
    'reconnect-window=90',
    'members-may-create-rooms=no',
    'access-levels=original',
    'cors-origins=https://a.example,https://b.example:8443',
    'callback-types=VIDEO_ROOM_LIVE',
    'callback-url=none',
  ])
    expect(out.split('\n')).toContain(line);
  await cli('set', String(app.id), 'default-profile=none', 'reconnect-window=none', 'cors-origins=none');
  expect((await keyOf('alice')).profile.id).toBe(7);
});

it('a new secret counts at once, and the old one beside it, unless it leaked', async () => {
  const before = { ...app };
  app = JSON.parse((await cli('rotate-secret', String(app.id))).out) as App;
  expect([(await ask('/members')).status, (await ask('/members', before)).status]).toEqual([200, 200]);
  const middle = { ...app };
  app = JSON.parse((await cli('rotate-secret', String(app.id), '--now')).out) as App;
  const statuses = await Promise.all(
    [app, middle, before].map(async (one) => (await ask('/members', one)).status),
  );
  expect(statuses).toEqual([200, 401, 401]);
});

it('a profile of the app’s own is taken by its keys, and one that the packager can’t do is refused', async () => {
  const file = join(stack.dataDir, 'profile.json');
  const streams = [{ name: '480p', width: 480, height: 854, bitrate: 1_200_000 }];
  const write = (segmentDuration: number) => {
    const profile = { segmentDuration, videoStreams: streams, audioStream: { bitrate: 96_000 } };
    writeFileSync(file, JSON.stringify({ name: 'Tall', profile }));
  };
  write(6);
  expect(await cli('add-profile', String(app.id), file)).toMatchObject({
    code: 1,
    err: `${file}: segmentDuration takes 2\n`,
  });
  write(2);
  const profileId = Number((await cli('add-profile', String(app.id), file)).out);
  const { id } = await keyOf('alice');
  const patched = await ask(`/stream-keys/${id}`, app, {
    method: 'PATCH',
    body: JSON.stringify({ profileId }),
  });
  expect(patched.body.profile).toMatchObject({ id: profileId, name: 'Tall' });
});

it(
  'profiles of posts are refused where they would change nothing, and count for posts that choose none',
  async () => {
    const file = join(stack.dataDir, 'post-profile.json');
    const add = (type: string, profile: object) => {
      writeFileSync(file, JSON.stringify({ type, name: type, profile }));
      return cli('add-profile', String(app.id), file);
    };
    const video = { format: 'MP4', segmentDuration: 4, maxFrameRate: 30, videoStreams: [{ shortSide: 480 }] };
    const thumbnail = { format: 'PNG', longSide: 640, atFraction: 0.5 };
    const preview = { longSide: 320, atFraction: 0.2, seconds: 3, frameRate: 10 };
    for (const [type, profile, why] of [
      ['VIDEO', { ...video, audioStream: { bitrate: 64_000 } }, 'profile: Unrecognized key: "audioStream"'],
      [
        'VIDEO',
        { ...video, videoStreams: [{ shortSide: 2160 }] },
        'shortSide takes even numbers from 64 to 1080',
      ],
      [
        'THUMBNAIL',
        { ...thumbnail, format: 'GIF' },
        'profile.format: Invalid option: expected one of "JPEG"|"PNG"',
      ],
      ['THUMBNAIL', { ...thumbnail, atFraction: 1 }, 'atFraction takes 0 to 0.9'],
      ['PREVIEW', { ...preview, seconds: 61 }, 'seconds takes a whole number from 1 to 60'],
    ] as const)
      expect(await add(type, profile)).toMatchObject({ code: 1, err: `${file}: ${why}\n` });
    const settings: string[] = [];
    for (const [type, profile] of Object.entries({ VIDEO: video, THUMBNAIL: thumbnail, PREVIEW: preview })) {
      const id = Number((await add(type, profile)).out);
      settings.push(`default-${type.toLowerCase()}-profile=${id}`);
      expect((await ask(`/transcoding-profiles/${id}`)).body).toMatchObject({ type, profile });
    }
    expect(await cli('set', String(app.id), ...settings)).toMatchObject({ code: 0 });
    const { body: post } = await ask('/video-posts', app, {
      method: 'POST',
      body: JSON.stringify({ appUserId: 'alice' }),
    });
    const { video: ofVideo, thumbnail: ofThumbnail, preview: ofPreview } = post.transcodingProfile;
    const names = [ofVideo, ofThumbnail, ofPreview].map(({ name }: { name: string }) => name);
    expect(names).toEqual(['VIDEO', 'THUMBNAIL', 'PREVIEW']);
  },
  MANY_CALLS_TIMEOUT_MS,
);

describe('callbacks', () => {
  let receiver: Server;
  let status = 204;
  const heard: { headers: Record<string, string>; text: string; body: any }[] = [];
  beforeAll(
    () =>
      new Promise<void>((done) => {
        receiver = createServer((req, res) => {
          void text(req).then((body) => {
            heard.push({
              headers: req.headers as Record<string, string>,
              text: body,
              body: JSON.parse(body),
            });
            res.writeHead(status).end();
          });
        }).listen(0, '127.0.0.1', done);
      }),
  );
  afterAll(() => new Promise((done) => receiver.close(done)));

  it('are tried, with the password from standard input, and told as they went', async () => {
    expect(await cli('test-callback', String(app.id))).toMatchObject({ code: 1, out: '' });
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    const settings = [`callback-url=${url}`, 'callback-id=backend', 'callback-password=-'];
    const set = await run({ DATA_DIR: stack.dataDir }, ['set', String(app.id), ...settings], 'a password\n');
    expect(set).toMatchObject({ code: 0, err: '' });
    const [, secret = ''] = /^callback-secret=(whsec_\S+)\n$/.exec(set.out) ?? [];
    await cli('test-callback', String(app.id));
    const { headers, text: sent } = heard.at(-1)!;
    expect(() => new Webhook(secret).verify(sent, headers)).not.toThrow();
    // Shown once; one that is there is not replaced.
    expect(await cli('set', String(app.id), `callback-url=${url}`)).toEqual({ code: 0, out: '', err: '' });
    expect((await cli('rotate-callback-secret', String(app.id))).out).toMatch(/^whsec_/);
    expect((await cli('test-callback', String(app.id))).out).toContain(`${url} answered 204`);
    expect(heard.at(-1)).toMatchObject({
      headers: {
        authorization: `Basic ${Buffer.from('backend:a password').toString('base64')}`,
        'webhook-signature': expect.stringMatching(/^v1,\S+ v1,/),
      },
      body: { type: 'CALLBACK_TEST', app: { id: app.id } },
    });
    expect((await cli('show', String(app.id))).out).toMatch(
      /callback-password=set .*\n(.*\n)*callback-secret=set /,
    );
    status = 500;
    expect(await cli('test-callback', String(app.id))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/answered 500 after \d+ ms\n$/),
    });
  });
});

it('rotates what tokens are signed with', async () => {
  expect(await cli('rotate-signing-key')).toEqual({ code: 0, out: '', err: '' });
});

describe('says in one line what is wrong', () => {
  const WRONG: [string[], string | RegExp][] = [
    [['create'], 'create takes a name of 1 to 100 characters'],
    [['show', '999'], 'there is no app "999"; "list" shows all'],
    [['set', 'APP', 'nothing=1'], /^there is no setting "nothing"; there are default-output-mode, /],
    [['set', 'APP', 'default-output-mode=HLS'], 'default-output-mode: takes RTMP, CMAF, RTMP_CMAF'],
    [['set', 'APP', 'default-profile=6'], /^default-profile: takes the id of a BROADCAST_RTMP profile/],
    [['set', 'APP', 'reconnect-window=0'], /^reconnect-window: takes whole seconds from 1 to 86400/],
    [['set', 'APP', 'streaming-token-seconds=59'], /^streaming-token-seconds: takes whole seconds/],
    [['set', 'APP', 'access-levels=none'], /^access-levels: takes enforced, or original/],
    [['set', 'APP', 'cors-origins=https://a.example/path'], /^cors-origins: takes origins/],
    [['set', 'APP', 'callback-url=ftp://a.example'], /^callback-url: .*takes http or https/],
    [['set', 'APP', 'callback-id=abc'], /^callback-id: .*takes 4 to 255 characters/],
    [
      ['set', 'APP', 'callback-password=secret'],
      /^callback-password: takes - for the first line of standard/,
    ],
    [['set', 'APP', 'callback-types=NEWS'], /^callback-types: takes event types/],
    [['set', 'APP', 'members-may-create-rooms='], 'members-may-create-rooms: takes yes or no'],
    [['add-profile', 'APP', '/nowhere.json'], /^\/nowhere.json: ENOENT/],
    [['rotate-secret', 'APP', '--later'], 'rotate-secret takes --now'],
  ];

  it(
    'whatever it is',
    async () => {
      for (const [args, message] of WRONG) {
        const { code, out, err } = await cli(...args.map((arg) => (arg === 'APP' ? String(app.id) : arg)));
        expect({ args, code, out }).toEqual({ args, code: 1, out: '' });
        expect(err.trim().split('\n')).toHaveLength(1);
        if (typeof message === 'string') expect(err).toBe(`${message}\n`);
        else expect(err).toMatch(message);
      }
    },
    MANY_CALLS_TIMEOUT_MS,
  );

  it('and changes nothing where one of several settings is not taken', async () => {
    await cli('set', String(app.id), 'default-output-mode=RTMP', 'reconnect-window=x');
    expect((await cli('show', String(app.id))).out).toContain('default-output-mode=CMAF');
  });

  it('where nothing runs, or Postgres is not there', async () => {
    const nowhere = await run({ DATA_DIR: join(stack.dataDir, 'none') }, ['list']);
    expect([nowhere.code, nowhere.err]).toEqual([1, expect.stringMatching(/^Showrunner does not run on/)]);
    const away = await run(
      {
        DATABASE_URL: 'postgres://somebody:a-password@127.0.0.1:1/none',
        MASTER_KEY: randomBytes(32).toString('base64'),
      },
      ['list'],
    );
    expect(away.err).toMatch(/^DATABASE_URL: Postgres at 127.0.0.1:1\/none can not be used \(ECONNREFUSED/);
    expect(away.err.trim().split('\n')).toHaveLength(1);
    expect(away.err).not.toContain('a-password');
  });

  it('and tells all commands to whoever asks for none', async () => {
    const { code, err } = await cli();
    expect(code).toBe(1);
    for (const command of ['create', 'list', 'show', 'rotate-secret', 'set', 'test-callback'])
      expect(err).toContain(`\n  ${command} `);
  });
});
