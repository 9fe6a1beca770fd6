import { createRecordTransition } from '../../src/store/record-transition';
import { newOwner, newRoom, roomTransition, type Owner } from '../store/fixtures';
import { expectError, Harness } from './harness';

let api: Harness;
let other: Owner;
let roomId: number;
beforeAll(async () => {
  api = await Harness.start();
  other = await newOwner(api.knex, api.vault);
  await api.knex('apps').update({ callback_url: 'https://backend.example/callbacks' });
  roomId = await newRoom(api.knex, api.owner);
  await createRecordTransition(api.knex)(roomTransition(api.owner, roomId));
});
afterAll(() => api.stop());

const settle = (state: string) =>
  api.knex('callback_deliveries').update({ state, attempts: 5, last_status: 404, last_error: null });
const stateOf = async (number: number) =>
  (await api.knex('callback_deliveries').where({ entity: 'videoRoom', entity_id: roomId, number }).first())
    .state;

describe('the delivery log', () => {
  it('has each callback once, the newest first, and nothing that is secret', async () => {
    const { status, body } = await api.get('/callbacks/deliveries');
    expect(status).toBe(200);
    expect(body.content).toMatchObject([
      {
        entity: 'VIDEO_ROOM',
        entityId: roomId,
        number: 2,
        type: 'VIDEO_ROOM_LIVE',
        deliveryState: 'PENDING',
      },
      { number: 1, type: 'VIDEO_ROOM_SCHEDULED', attempts: 0, lastStatus: null },
    ]);
    expect(JSON.stringify(body)).not.toContain('backend.example');
  });

  it.each([
    ['type=VIDEO_ROOM_LIVE', 1],
    ['entity=VIDEO_ROOM', 2],
    ['entity=STREAM_KEY', 0],
    ['deliveryState=PARKED', 0],
    ['entityId=999999', 0],
    ['pageSize=1&page=1&sortBy=CREATED_AT_ASC', 1],
    ['pageSize=5000', 2],
    ['page=7', 0],
  ])('is filtered by %s', async (query, count) => {
    expect((await api.get(`/callbacks/deliveries?${query}`)).body.numberOfElements).toBe(count);
  });

  it.each([
    'entity=ROOM',
    'deliveryState=X',
    'entityId=x',
    'entityId=1e9',
    'type=%00',
    'page=-1',
    'sortBy=ID',
  ])('refuses %s', async (query) =>
    expectError(await api.get(`/callbacks/deliveries?${query}`), 400, 'INVALID_REQUEST'),
  );

  it('of another app is empty', async () => {
    expect((await api.get('/callbacks/deliveries', { as: other })).body.totalElements).toBe(0);
  });
});

describe('sending again', () => {
  const idOf = async (number: number): Promise<number> =>
    (await api.get('/callbacks/deliveries')).body.content.find((it: any) => it.number === number).id;

  it('has one callback sent, by its id', async () => {
    await settle('PARKED');
    const { status, body } = await api.post(`/callbacks/deliveries/${await idOf(1)}/resend`);
    expect({ status, ...body }).toMatchObject({ status: 200, number: 1, deliveryState: 'PENDING' });
    expect([await stateOf(1), await stateOf(2)]).toEqual(['PENDING', 'PARKED']);
  });

  it('has all callbacks of a room after a number sent', async () => {
    await settle('DELIVERED');
    const replay = (after?: number) =>
      api.post('/callbacks/replay', { body: { entity: 'VIDEO_ROOM', id: roomId, after } });
    expect((await replay(1)).body).toEqual({ replayed: 1 });
    expect([await stateOf(1), await stateOf(2)]).toEqual(['DELIVERED', 'PENDING']);
    expect((await replay()).body).toEqual({ replayed: 2 });
    expect((await replay(2)).body).toEqual({ replayed: 0 });
  });

  it('is for the app’s own callbacks', async () => {
    const path = `/callbacks/deliveries/${await idOf(1)}/resend`;
    expectError(await api.post(path, { as: other }), 404, 'CALLBACK_DELIVERY_NOT_FOUND');
    for (const id of ['0', 'x', '999999999999999'])
      expectError(await api.post(`/callbacks/deliveries/${id}/resend`), 404, 'CALLBACK_DELIVERY_NOT_FOUND');
    const replay = (entity: string, id: unknown, as = api.owner) =>
      api.post('/callbacks/replay', { body: { entity, id }, as });
    expectError(await replay('VIDEO_ROOM', roomId, other), 404, 'VIDEO_ROOM_NOT_FOUND');
    expectError(await replay('VIDEO_POST', 999_999), 404, 'VIDEO_POST_NOT_FOUND');
    expectError(await replay('STREAM_KEY', 999_999), 404, 'STREAM_KEY_NOT_FOUND');
    for (const id of [0, 1.5, 'x', 2 ** 60, null])
      expectError(await replay('VIDEO_ROOM', id), 400, 'INVALID_REQUEST');
    expectError(await replay('ROOM', 1), 400, 'INVALID_REQUEST');
  });

  it('needs a receiver', async () => {
    const id = await idOf(1);
    await api.knex('apps').where({ id: api.owner.appId }).update({ callback_url: null });
    expectError(await api.post(`/callbacks/deliveries/${id}/resend`), 400, 'CALLBACK_NOT_CONFIGURED');
    const body = { entity: 'VIDEO_ROOM', id: roomId };
    expectError(await api.post('/callbacks/replay', { body }), 400, 'CALLBACK_NOT_CONFIGURED');
  });
});
