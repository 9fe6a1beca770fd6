import { replayDeliveries } from '../../src/store/callback-deliveries';
import { createRecordTransition } from '../../src/store/record-transition';
import { keyTransition } from '../store/fixtures';
import { expectError, Harness } from './harness';

const TOKEN = 'a-token-for-scrapers';

let api: Harness;
beforeAll(async () => {
  api = await Harness.start({ metricsToken: null });
});
afterAll(() => api.stop());

async function scrape(of = api, headers: Record<string, string> = {}): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${of.port}/metrics`, { headers });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    expect.stringMatching(/^text\/plain; version=0\.0\.4/),
  ]);
  return answer.text();
}

/** The value of one series; NaN where there is none. */
function valueOf(metrics: string, series: string): number {
  const line = metrics.split('\n').find((it) => it.startsWith(`${series} `));
  return Number(line?.slice(series.length));
}

it('counts and times requests by route, not by address', async () => {
  await api.newRoom();
  await api.get('/video-rooms/1');
  await api.get('/video-rooms/999999999');
  await api.ask('/nowhere/42');
  const metrics = await scrape();
  const room = 'method="GET",route="/v2/apps/me/video-rooms/{videoRoomId}"';
  expect(valueOf(metrics, `showrunner_http_requests_total{${room},status="404"}`)).toBeGreaterThan(0);
  expect(valueOf(metrics, `showrunner_http_request_duration_seconds_count{${room}}`)).toBe(2);
  expect(valueOf(metrics, 'showrunner_http_requests_total{method="GET",route="other",status="404"}')).toBe(1);
  expect(metrics).not.toContain('999999999');
});

it('shows rooms and keys by state, sessions, and how late callbacks are', async () => {
  await api.newRoom();
  const before = await scrape();
  expect(valueOf(before, 'showrunner_video_rooms{state="SCHEDULED"}')).toBeGreaterThan(0);
  expect(valueOf(before, 'showrunner_ingest_sessions')).toBe(0);
  expect(valueOf(before, 'showrunner_callbacks_waiting')).toBe(0);
  expect(valueOf(before, 'showrunner_callback_lag_seconds')).toBe(0);
  await createRecordTransition(api.knex)(
    keyTransition(api.owner, { patch: { epoch: 1, sessionId: 's', sessionMode: 'RTMP' } }),
  );
  const { id } = await api.knex('events').orderBy('id', 'desc').first('id');
  await api
    .knex('events')
    .where({ id })
    .update({ at: new Date(Date.now() - 60_000) });
  await api.knex('callback_deliveries').insert({
    app_id: api.owner.appId,
    event_id: id,
    entity: 'streamKey',
    entity_id: api.owner.streamKeyId,
    number: 1,
    type: 'STREAM_KEY_ACTIVE_PREP',
  });
  const after = await scrape();
  expect(valueOf(after, 'showrunner_ingest_sessions')).toBe(1);
  expect(valueOf(after, 'showrunner_stream_keys{state="ACTIVE_PREP"}')).toBe(1);
  expect(valueOf(after, 'showrunner_callbacks_waiting')).toBe(1);
  expect(valueOf(after, 'showrunner_callback_lag_seconds')).toBeGreaterThanOrEqual(60);
  expect(valueOf(after, 'showrunner_callbacks_parked')).toBe(0);
  await api.knex('callback_deliveries').where({ event_id: id }).update({ state: 'PARKED' });
  const givenUp = await scrape();
  expect(valueOf(givenUp, 'showrunner_callbacks_parked')).toBe(1);
  expect(valueOf(givenUp, 'showrunner_callbacks_waiting')).toBe(0);
  // Asked for again: it waits since then, however old its event is.
  await api.knex('callback_deliveries').where({ event_id: id }).update({ state: 'DELIVERED' });
  const line = { appId: api.owner.appId, entity: 'streamKey', entityId: api.owner.streamKeyId } as const;
  expect(await replayDeliveries(api.knex, line, 0)).toBe(1);
  const replayed = await scrape();
  expect(valueOf(replayed, 'showrunner_callbacks_waiting')).toBe(1);
  expect(valueOf(replayed, 'showrunner_callbacks_parked')).toBe(0);
  expect(valueOf(replayed, 'showrunner_callback_lag_seconds')).toBeLessThan(60);
});

it('shows nothing to others than this machine, where there is no token', async () => {
  for (const name of ['x-forwarded-for', 'forwarded'])
    expectError(
      await api.ask('/metrics', { headers: { [name]: 'for=203.0.113.9' } }),
      404,
      'RESOURCE_NOT_FOUND',
    );
});

it('shows them to whoever has the token, where there is one', async () => {
  const guarded = await Harness.start({ metricsToken: TOKEN });
  try {
    expect(await scrape(guarded, { authorization: `Bearer ${TOKEN}` })).toContain('showrunner_video_rooms');
    for (const authorization of ['', 'Bearer wrong', `Basic ${TOKEN}`]) {
      const reply = await guarded.ask('/metrics', { as: null, headers: { authorization } });
      expectError(reply, 404, 'RESOURCE_NOT_FOUND');
    }
  } finally {
    await guarded.stop();
  }
});

it('says nothing of who asks', async () => {
  const metrics = await scrape();
  for (const secret of [api.owner.apiKey, api.owner.streamKey, api.owner.appUserId])
    expect(metrics).not.toContain(secret);
});
