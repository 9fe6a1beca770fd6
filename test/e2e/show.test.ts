import { basename, join, resolve } from 'node:path';
import { Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { ApiClient } from '../../src/demo/api-client';
import { readMasterKey } from '../../src/launch/master-key';
import { loadConfig } from '../../src/config';
import { installRuntime } from '../../src/temporal/runtime';
import { runDemo, type DemoResult } from './support/demo-run';
import { ProcessList } from './support/process-list';
import { startShowrunner, type Showrunner } from './support/showrunner';
import {
  fetchHistories,
  filesBelow,
  historyTraces,
  logTraces,
  tableTraces,
  type Traces,
} from './support/traces';

/** One full demo on real processes; the tests look at what it did and at what it left behind. */
jest.setTimeout(240_000);

installRuntime(pino({ level: 'silent' }));
const workflowBundle = { codePath: resolve(__dirname, '../../dist/workflow-bundle.js') };
let showrunner: Showrunner;
let demo: { code: number | null; output: string; result: DemoResult };
const processes = new ProcessList();

beforeAll(async () => {
  showrunner = await startShowrunner();
  demo = await runDemo(showrunner).finished;
  processes.stop();
});
afterAll(async () => {
  processes.stop();
  await showrunner?.stop();
});

test('the demo says that all held, through all states', () => {
  const { code, result, output } = demo;
  if (!result.ok) throw new Error(output);
  expect(code).toBe(0);
  expect(result.room.states).toEqual([
    'SCHEDULED',
    'LIVE',
    'LIVE_INACTIVE',
    'LIVE',
    'LIVE_INACTIVE',
    'ENDED',
    'ARCHIVED',
  ]);
  expect(result.streamKey.states).toEqual([
    'INACTIVE',
    'ACTIVE_PREP',
    'ACTIVE',
    'ACTIVE_LIVE',
    'INACTIVE_LIVE',
    'ACTIVE_LIVE_PREP',
    'ACTIVE_LIVE',
    'INACTIVE_LIVE',
    'INACTIVE',
  ]);
});

test('its last line has every address and every time', () => {
  const { urls, ms, room } = demo.result;
  expect(Object.keys(urls).sort()).toEqual(['dash', 'hls', 'httpFlv', 'rtmp', 'temporalUi', 'vod']);
  expect(urls.temporalUi).toContain(encodeURIComponent(`room:${showrunner.credentials.appId}:${room.id}`));
  expect(Object.keys(ms).sort()).toEqual([
    'dropSeen',
    'end',
    'endToArchived',
    'endToPlayable',
    'forceEndToCut',
    'goLive',
    'publishAccepted',
    'publishToActive',
    'resumeToLive',
  ]);
  for (const [name, took] of Object.entries(ms))
    expect({ name, took }).toEqual({ name, took: expect.any(Number) });
});

test('the recording stays when the show is over, and the live addresses do not', async () => {
  const { vod, hls } = demo.result.urls;
  const playlist = await fetch(vod);
  expect(playlist.status).toBe(200);
  expect(playlist.headers.get('content-type')).toBe('application/vnd.apple.mpegurl');
  const variant = (await playlist.text()).split('\n').find((line) => line.endsWith('.m3u8'))!;
  const media = await (await fetch(new URL(variant, vod))).text();
  expect(media).toContain('#EXT-X-ENDLIST');
  // The renditions, not the live segments: both parts without a break.
  expect(variant).toContain('ladder/');
  expect(media).not.toContain('#EXT-X-DISCONTINUITY');
  const segment = media.split('\n').find((line) => line.endsWith('.m4s'))!;
  expect((await fetch(new URL(segment, new URL(variant, vod)))).status).toBe(200);
  const over = await fetch(hls);
  expect([200, 404, 410]).toContain(over.status);
  if (over.ok) expect(await over.text()).toContain('#EXTM3U');
});

test('every history of the run replays', async () => {
  const results: string[] = [];
  const histories = await fetchHistories(showrunner.addresses.temporal, 'showrunner');
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
    results.push(`${workflowId.split(':')[0]} ${error ? error.message : 'replayed'}`);
  }
  expect(results.sort()).toEqual([
    'archive replayed',
    'room replayed',
    'room replayed',
    'streamkey replayed',
  ]);
});

/** An encoder's own arguments are exempt (issue 3, acceptance 4): that is where the demo's keys are found. */
const isEncoder = (command: string) => command.includes('testsrc2') && command.includes('rtmp://');

let secrets: Map<string, string>;

async function secretsOfTheRun(): Promise<Map<string, string>> {
  const masterKey = readMasterKey(loadConfig(showrunner.env))!;
  const { apiSecret, streamKey } = showrunner.credentials;
  const found = new Map([
    ['the API secret', apiSecret],
    ['the demo member’s stream key', streamKey],
    ['the master key', masterKey.toString('base64')],
    ['the Basic token', Buffer.from(`${showrunner.credentials.apiKey}:${apiSecret}`).toString('base64')],
  ]);
  for (const command of [...processes.commands].filter(isEncoder)) {
    const key = /rtmp:\/\/[^/]+\/live\/(\w+)\?mode/.exec(command)?.[1];
    if (key) found.set('the stream key that was forced out', key);
  }
  // The demo's member has a new one since its forced end, which no encoder ever used.
  const rows = await tableTraces(showrunner.databaseUrl());
  const appUserId = /demo-[0-9a-f]{8}/.exec(rows.get('table members') ?? '')![0];
  const api = new ApiClient(showrunner.addresses.api, showrunner.credentials);
  return found.set('the stream key that took its place', (await api.streamKey(appUserId)).streamKey);
}

function expectNoSecret(traces: Traces): void {
  const leaks: string[] = [];
  for (const [secret, value] of secrets) {
    for (const [where, text] of traces) if (text.includes(value)) leaks.push(`${secret} in ${where}`);
  }
  expect(leaks).toEqual([]);
}

describe('no secret is anywhere', () => {
  beforeAll(async () => {
    secrets = await secretsOfTheRun();
  });

  test('all of the run’s secrets are known to this test, old keys and new', () => {
    expect(new Set(secrets.values()).size).toBe(6);
  });

  test('in a log line', () => {
    const traces = logTraces(showrunner.dataDir);
    const roles = ['api.log', 'archiver.log', 'media.log', 'worker.log'];
    expect([...traces.keys()].map((path) => basename(path))).toEqual(expect.arrayContaining(roles));
    expect([...traces.values()].join('').length).toBeGreaterThan(1000);
    expectNoSecret(traces);
  });

  test('in a workflow’s history', async () => {
    const traces = await historyTraces(showrunner.addresses.temporal, 'showrunner');
    const ids = [...traces.keys()].join(' ');
    for (const workflow of ['room:', 'streamkey:', 'archive:']) expect(ids).toContain(workflow);
    // The payloads are readable here, so that a secret in them would be seen.
    expect([...traces.values()].some((text) => text.includes('"playbackName"'))).toBe(true);
    expectNoSecret(traces);
  });

  test('in the process list', () => {
    const others = [...processes.commands].filter((command) => !isEncoder(command));
    expect(others.some((command) => command.includes('pipe:0'))).toBe(true);
    expectNoSecret(new Map(others.map((command) => [command, command])));
  });

  test('in an event, or in any other row', async () => {
    const traces = await tableTraces(showrunner.databaseUrl());
    expect(traces.get('table events')?.includes('VIDEO_ROOM_ARCHIVED')).toBe(true);
    expectNoSecret(traces);
  });

  test('in a file of the storage, or in the name of one', () => {
    const files = filesBelow(join(showrunner.dataDir, 'storage'));
    expect(files.length).toBeGreaterThan(10);
    expectNoSecret(new Map(files.map((path) => [path, path])));
  });

  test('in what the demo printed', () => {
    expectNoSecret(new Map([['the demo’s output', demo.output]]));
  });
});
