import type { DeliveryRow } from '../../store/callback-deliveries';
import { nameOfEntity } from '../schemas/callbacks';

const iso = (time: Date | null): string | null => time?.toISOString() ?? null;

export const serializeDelivery = (row: DeliveryRow) => ({
  id: row.id,
  callbackId: row.uuid,
  entity: nameOfEntity(row.entity),
  entityId: row.entity_id,
  number: row.number,
  type: row.type,
  deliveryState: row.state,
  attempts: row.attempts,
  lastStatus: row.last_status,
  lastError: row.last_error,
  lastAttemptAt: iso(row.last_attempt_at),
  nextAttemptAt: row.state === 'PENDING' ? iso(row.due_at) : null,
  deliveredAt: iso(row.delivered_at),
  createdAt: row.created_at.toISOString(),
});
