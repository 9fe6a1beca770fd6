import type { Knex } from 'knex';
import { listEvents } from '../../src/store/events';
import { createKnex } from '../../src/store/knex';
import { createAdoptRows } from '../../src/store/adopt-rows';
import { createRecordTransition, EarlierRoomStillLiveError } from '../../src/store/record-transition';
import { findStreamKey } from '../../src/store/stream-keys';
import { findVideoRoom } from '../../src/store/video-rooms';
import { startStack, type Stack } from '../support/stack';
import { keyTransition, newOwner, newRoom, newVault, roomTransition, type Owner } from './fixtures';

const PARALLEL_WRITERS = 20;

let stack: Stack;
let knex: Knex;
let owner: Owner;
let record: ReturnType<typeof createRecordTransition>;
beforeAll(async () => {
  stack = await startStack();
  knex = createKnex(stack.databaseUrl);
  record = createRecordTransition(knex);
});
beforeEach(async () => {
  owner = await newOwner(knex, newVault());
});
afterAll(async () => {
  await knex.destroy();
  await stack.stop();
});

it('writes the row, the event and its number', async () => {
  const roomId = await newRoom(knex, owner);
  const written = await record(roomTransition(owner, roomId));
  expect(written.eventNumber).toBe(2);
  const room = await findVideoRoom(knex, owner.appId, roomId);
  expect(room).toMatchObject({
    state: 'LIVE',
    run_id: 'run-1',
    transition_number: 1,
    last_event_number: 2,
    format: 'RTMP_CMAF',
    live_started_at: new Date('2026-11-21T10:00:00.123Z'),
    last_modified_at: new Date(written.at),
  });
  const events = await listEvents(knex, 'videoRoom', roomId);
  expect(events.map((event) => [event.seq, event.type, event.from_state, event.to_state])).toEqual([
    [1, 'VIDEO_ROOM_SCHEDULED', null, 'SCHEDULED'],
    [2, 'VIDEO_ROOM_LIVE', 'SCHEDULED', 'LIVE'],
  ]);
});

it('takes the time of the write for "now", and leaves absent columns alone', async () => {
  const roomId = await newRoom(knex, owner);
  await record(roomTransition(owner, roomId));
  const ended = await record(
    roomTransition(owner, roomId, {
      transitionNumber: 2,
      type: 'VIDEO_ROOM_ENDED',
      from: 'LIVE',
      to: 'ENDED',
      patch: { liveEndedAt: 'now', format: null },
    }),
  );
  expect(await findVideoRoom(knex, owner.appId, roomId)).toMatchObject({
    live_started_at: new Date('2026-11-21T10:00:00.123Z'),
    live_ended_at: new Date(ended.at),
    format: null,
    cancelled_at: null,
  });
});

it('writes a repeated transition once and answers what the first one was answered', async () => {
  const roomId = await newRoom(knex, owner);
  const first = await record(roomTransition(owner, roomId));
  const again = await Promise.all(
    Array.from({ length: PARALLEL_WRITERS }, () => record(roomTransition(owner, roomId))),
  );
  expect(again).toEqual(again.map(() => first));
  expect(await listEvents(knex, 'videoRoom', roomId)).toHaveLength(2);
});

it('numbers the events of parallel writers 1...n without a gap, and ends with the newest', async () => {
  const numbers = Array.from({ length: PARALLEL_WRITERS }, (_, index) => index + 1);
  const results = await Promise.all(
    numbers.map((transitionNumber) =>
      record(keyTransition(owner, { transitionNumber, patch: { epoch: transitionNumber } })),
    ),
  );
  expect(results.map((result) => result.eventNumber).sort((a, b) => a - b)).toEqual(numbers);
  const events = await listEvents(knex, 'streamKey', owner.streamKeyId);
  expect(events.map((event) => event.seq)).toEqual(numbers);
  const times = events.map((event) => event.at.getTime());
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(await findStreamKey(knex, owner.appId, owner.streamKeyId)).toMatchObject({
    epoch: PARALLEL_WRITERS,
    transition_number: PARALLEL_WRITERS,
    last_event_number: PARALLEL_WRITERS,
  });
});

it('does not let a write that was overtaken move the row back', async () => {
  await record(keyTransition(owner, { transitionNumber: 2, to: 'ACTIVE', patch: { epoch: 2 } }));
  const late = await record(keyTransition(owner, { transitionNumber: 1, patch: { epoch: 1 } }));
  expect(late.eventNumber).toBe(2);
  expect(await findStreamKey(knex, owner.appId, owner.streamKeyId)).toMatchObject({
    state: 'ACTIVE',
    epoch: 2,
    transition_number: 2,
  });
});

it('keeps one live room a key; the next room waits until the earlier end is written', async () => {
  const [first, second] = [await newRoom(knex, owner), await newRoom(knex, owner)];
  await record(roomTransition(owner, first));
  await expect(record(roomTransition(owner, second))).rejects.toBeInstanceOf(EarlierRoomStillLiveError);
  expect(await listEvents(knex, 'videoRoom', second)).toHaveLength(1);
  await record(
    roomTransition(owner, first, {
      transitionNumber: 2,
      from: 'LIVE',
      to: 'LIVE_INACTIVE',
      type: 'VIDEO_ROOM_LIVE_INACTIVE',
    }),
  );
  await expect(record(roomTransition(owner, second))).rejects.toBeInstanceOf(EarlierRoomStillLiveError);
  await record(
    roomTransition(owner, first, {
      transitionNumber: 3,
      from: 'LIVE_INACTIVE',
      to: 'ENDED',
      type: 'VIDEO_ROOM_ENDED',
    }),
  );
  await expect(record(roomTransition(owner, second))).resolves.toMatchObject({ eventNumber: 2 });
});

it('tells the patch in the event, and its own time only once', async () => {
  const roomId = await newRoom(knex, owner);
  await record(roomTransition(owner, roomId, { patch: { liveEndedAt: 'now', vodState: 'ARCHIVING' } }));
  const events = await listEvents(knex, 'videoRoom', roomId);
  expect(events.at(-1)?.data).toEqual({ vodState: 'ARCHIVING' });
});

it('drops what an older run still writes once a new run has taken the row over', async () => {
  const roomId = await newRoom(knex, owner);
  await record(roomTransition(owner, roomId));
  const adopted = await createAdoptRows(knex).adoptVideoRoom({ roomId, runId: 'run-2' });
  expect(adopted).toMatchObject({ state: 'LIVE', transitionNumber: 1, isArchived: false });
  const ended = { transitionNumber: 2, from: 'LIVE', to: 'ENDED', type: 'VIDEO_ROOM_ENDED' } as const;
  await record(roomTransition(owner, roomId, ended));
  expect(await knex('video_rooms').where({ id: roomId }).first()).toMatchObject({ state: 'LIVE' });
  await record(roomTransition(owner, roomId, { ...ended, runId: 'run-2' }));
  expect(await knex('video_rooms').where({ id: roomId }).first()).toMatchObject({ state: 'ENDED' });
  expect((await listEvents(knex, 'videoRoom', roomId)).map((event) => event.seq)).toEqual([1, 2, 3]);
});

it('writes no row of another app', async () => {
  const roomId = await newRoom(knex, owner);
  const other = await newOwner(knex, newVault());
  await expect(record(roomTransition(other, roomId))).rejects.toMatchObject({ code: 'VIDEO_ROOM_NOT_FOUND' });
  await expect(record(keyTransition({ ...other, streamKeyId: owner.streamKeyId }))).rejects.toMatchObject({
    code: 'STREAM_KEY_NOT_FOUND',
  });
});
