import { z } from 'zod';
import { DELIVERY_STATES, type CallbackEntity } from '../../domain/callbacks';
import { text } from './fields';

/** As the API names them; the order of the pairs is the order in documents. */
const ENTITIES = {
  STREAM_KEY: 'streamKey',
  VIDEO_ROOM: 'videoRoom',
  VIDEO_POST: 'videoPost',
} as const satisfies Record<string, CallbackEntity>;
export type CallbackEntityName = keyof typeof ENTITIES;
export const CALLBACK_ENTITY_NAMES = ['STREAM_KEY', 'VIDEO_ROOM', 'VIDEO_POST'] as const;

export const entityOf = (name: CallbackEntityName): CallbackEntity => ENTITIES[name];
export const nameOfEntity = (entity: CallbackEntity): CallbackEntityName =>
  CALLBACK_ENTITY_NAMES.find((name) => ENTITIES[name] === entity) ?? 'VIDEO_ROOM';

const MAX_TYPE_CHARACTERS = 64;
const DEFAULT_PAGE_SIZE = 10;
const MAX_PAGE_SIZE = 1_000;
const MAX_PAGE = 1_000_000;
export const DELIVERY_SORTS = ['CREATED_AT_DESC', 'CREATED_AT_ASC'] as const;

/** An empty value of a query is how forms say "not set". */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

const wholeNumber = (min: number, max: number) => {
  const message = `takes a whole number from ${min} to ${max}`;
  return z
    .string(message)
    .regex(/^[0-9]{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
};

const entity = z.enum(CALLBACK_ENTITY_NAMES, `takes ${CALLBACK_ENTITY_NAMES.join(', ')}`);

/** GET /callbacks/deliveries */
export const deliveriesQuery = z.object({
  page: optional(wholeNumber(0, MAX_PAGE)).transform((page) => page ?? 0),
  pageSize: optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)).transform((size) =>
    Math.min(size ?? DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
  ),
  sortBy: optional(z.enum(DELIVERY_SORTS, `takes ${DELIVERY_SORTS.join(', ')}`)).transform(
    (sort) => sort ?? 'CREATED_AT_DESC',
  ),
  entity: optional(entity),
  entityId: optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  deliveryState: optional(z.enum(DELIVERY_STATES, `takes ${DELIVERY_STATES.join(', ')}`)),
  type: optional(text(MAX_TYPE_CHARACTERS)),
});

const id = z.int('takes a whole number').min(1, 'takes a number from 1');

/** POST /callbacks/replay */
export const replayBody = z.object({
  entity,
  id,
  after: z.int('takes a whole number').min(0, 'takes a number from 0').nullish(),
});
