import type { Knex } from 'knex';
import type { CallbackEntity } from '../../domain/callbacks';
import { CodedError, type ErrorCode } from '../../domain/errors';
import type { AppRow } from '../../store/apps';
import {
  findDelivery,
  listDeliveries,
  replayDeliveries,
  resendDelivery,
} from '../../store/callback-deliveries';
import { callbacksContract } from '../contract/callbacks';
import type { ApiDeps } from '../deps';
import { entityOf } from '../schemas/callbacks';
import { serializeDelivery } from '../serializers/callback-delivery';
import { serializePage } from '../serializers/page';
import { bind, type Binding } from '../serve';

const OWNERS: Record<CallbackEntity, { table: string; missing: ErrorCode }> = {
  videoRoom: { table: 'video_rooms', missing: 'VIDEO_ROOM_NOT_FOUND' },
  streamKey: { table: 'stream_keys', missing: 'STREAM_KEY_NOT_FOUND' },
  videoPost: { table: 'video_posts', missing: 'VIDEO_POST_NOT_FOUND' },
};

/** Also of what was deleted since: its callbacks are still told. */
async function requireEntity(knex: Knex, app: AppRow, entity: CallbackEntity, id: number): Promise<void> {
  const { table, missing } = OWNERS[entity];
  if (!(await knex(table).where({ id, app_id: app.id }).first('id'))) throw new CodedError(missing);
}

/** What would be sent again has nowhere to go. */
async function requireReceiver(knex: Knex, app: AppRow): Promise<void> {
  const row = await knex('apps').where({ id: app.id }).whereNotNull('callback_url').first('id');
  if (!row) throw new CodedError('CALLBACK_NOT_CONFIGURED');
}

/** /callbacks */
export const callbackRoutes = ({ knex }: ApiDeps): Binding[] =>
  bind(callbacksContract, {
    async listCallbackDeliveries({ app, query }) {
      const { page, pageSize, sortBy, entity, ...rest } = query;
      const filter = { ...rest, ...(entity === undefined ? {} : { entity: entityOf(entity) }) };
      const newestFirst = sortBy === 'CREATED_AT_DESC';
      const { deliveries, total } = await listDeliveries(knex, app.id, filter, {
        page,
        pageSize,
        newestFirst,
      });
      return serializePage(deliveries.map(serializeDelivery), total, { page, pageSize });
    },
    async resendCallbackDelivery({ app, id }) {
      const deliveryId = id('deliveryId', 'CALLBACK_DELIVERY_NOT_FOUND');
      if (!(await findDelivery(knex, app.id, deliveryId)))
        throw new CodedError('CALLBACK_DELIVERY_NOT_FOUND');
      await requireReceiver(knex, app);
      await resendDelivery(knex, app.id, deliveryId);
      const row = await findDelivery(knex, app.id, deliveryId);
      if (!row) throw new CodedError('CALLBACK_DELIVERY_NOT_FOUND');
      return serializeDelivery(row);
    },
    async replayCallbacks({ app, body }) {
      const entity = entityOf(body.entity);
      await requireEntity(knex, app, entity, body.id);
      await requireReceiver(knex, app);
      const line = { appId: app.id, entity, entityId: body.id };
      return { replayed: await replayDeliveries(knex, line, body.after ?? 0) };
    },
  });
