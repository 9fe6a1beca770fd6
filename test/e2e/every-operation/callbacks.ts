import { callbacksContract as callbacks } from '../../../src/api/contract/callbacks';
import { videoRoomsContract as rooms } from '../../../src/api/contract/video-rooms';
import type { ErrorCode } from '../../../src/domain/errors';
import { Receiver } from '../../callbacks/support/receiver';
import type { World } from './world';

const UNKNOWN: readonly (readonly [ErrorCode, string])[] = [
  ['VIDEO_ROOM_NOT_FOUND', 'VIDEO_ROOM'],
  ['STREAM_KEY_NOT_FOUND', 'STREAM_KEY'],
  ['VIDEO_POST_NOT_FOUND', 'VIDEO_POST'],
];

/** The delivery log, with a real receiver. */
export async function deliveries(world: World): Promise<void> {
  const receiver = await Receiver.start();
  try {
    const { app, owner } = await world.tenant();
    const configure = (url: string | null) =>
      world.knex('apps').where({ id: owner.appId }).update({ callback_url: url });
    await configure(receiver.url);
    const { appUserId } = owner;
    const body = { appUserId, type: 'BROADCAST_RTMP', scheduledAt: '2027-01-01T00:00:00Z' };
    const room = await app.ok(rooms.createVideoRoom, { body });
    await receiver.has(1);
    const { content } = await app.ok(callbacks.listCallbackDeliveries);
    const path = { deliveryId: content[0].id as number };
    const replay = { entity: 'VIDEO_ROOM', id: room.id as number };
    await app.ok(callbacks.resendCallbackDelivery, { path });
    await app.ok(callbacks.replayCallbacks, { body: replay });
    for (const [code, entity] of UNKNOWN)
      await app.says(code, callbacks.replayCallbacks, { body: { entity, id: 999_999_999 } });
    await configure(null);
    await app.says('CALLBACK_NOT_CONFIGURED', callbacks.resendCallbackDelivery, { path });
    await app.says('CALLBACK_NOT_CONFIGURED', callbacks.replayCallbacks, { body: replay });
  } finally {
    await receiver.stop();
  }
}
