import { z } from 'zod';
import type { Text } from '../contract/operation';

export type Language = keyof Text;
export const LANGUAGES = ['en', 'ko'] as const satisfies readonly Language[];

/** A JSON Schema of OpenAPI 3.1 (draft 2020-12). */
export type JsonSchema = { [keyword: string]: unknown };

const SCHEMA_MAPS = ['properties', 'patternProperties', '$defs'];
const SCHEMA_LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const SCHEMAS = ['items', 'additionalProperties', 'propertyNames', 'not', 'contains'];

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mapValues = (value: unknown, change: (schema: JsonSchema) => JsonSchema): unknown =>
  Object.fromEntries(
    Object.entries(value as object).map(([name, it]) => [name, isSchema(it) ? change(it) : (it as unknown)]),
  );

/** Changes all schemas directly below this one; what is no schema (enums, examples) stays as it is. */
function mapChildren(schema: JsonSchema, change: (schema: JsonSchema) => JsonSchema): JsonSchema {
  const changed = { ...schema };
  for (const [keyword, value] of Object.entries(schema)) {
    if (SCHEMA_MAPS.includes(keyword)) changed[keyword] = mapValues(value, change);
    else if (SCHEMA_LISTS.includes(keyword) && Array.isArray(value))
      changed[keyword] = value.map((it: unknown) => (isSchema(it) ? change(it) : it));
    else if (SCHEMAS.includes(keyword) && isSchema(value)) changed[keyword] = change(value);
  }
  return changed;
}

const isNull = (schema: unknown): boolean => isSchema(schema) && schema.type === 'null';

/** "A or null" as one schema with two types, where A is a plain one: readers show it as one field. */
function foldNull(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  if (!Array.isArray(anyOf) || anyOf.length !== 2 || !isNull(anyOf[1])) return schema;
  const inner = anyOf[0] as JsonSchema;
  if (typeof inner.type !== 'string' || 'const' in inner) return schema;
  const values = Array.isArray(inner.enum) ? { enum: [...(inner.enum as unknown[]), null] } : {};
  return { ...inner, ...rest, type: [inner.type, 'null'], ...values };
}

/** A number in a query comes as text; what counts for callers is the number. */
function ofWholeNumber(schema: JsonSchema): JsonSchema {
  const { wholeNumber, ...rest } = schema;
  if (!wholeNumber) return schema;
  const { min, max } = wholeNumber as { min: number; max: number };
  delete rest.pattern;
  return { ...rest, type: 'integer', minimum: min, maximum: max };
}

/** Our `said` in one language; zod's own notes that mean nothing to others are left out. */
function inWords(schema: JsonSchema, language: Language): JsonSchema {
  const { text, example, id, ...rest } = schema;
  if (rest.maximum === Number.MAX_SAFE_INTEGER) delete rest.maximum;
  if (rest.minimum === Number.MIN_SAFE_INTEGER) delete rest.minimum;
  return {
    ...(typeof id === 'string' ? { title: id } : {}),
    ...(text ? { description: (text as Text)[language] } : {}),
    ...rest,
    ...(typeof rest.$ref === 'string'
      ? { $ref: rest.$ref.replace('#/$defs/', '#/components/schemas/') }
      : {}),
    ...(example === undefined ? {} : { examples: [example] }),
  };
}

/** Turns zod schemas into JSON Schemas; those with a name of their own (`.meta({ id })`) into shared components. */
export class JsonSchemas {
  readonly components: Record<string, JsonSchema> = {};

  constructor(private readonly language: Language) {}

  /** What a caller sends and gets: the input side, where times are texts and defaults may be left out. */
  of(schema: z.ZodType): JsonSchema {
    // Inside an object, so that a schema with a name becomes a component also where it is the whole answer.
    const { properties, $defs } = z.toJSONSchema(z.object({ it: schema }), {
      io: 'input',
      unrepresentable: 'any',
    });
    for (const [name, component] of Object.entries($defs ?? {}))
      this.addComponent(name, component as JsonSchema);
    return this.finish(properties?.it as JsonSchema);
  }

  private finish(schema: JsonSchema): JsonSchema {
    return mapChildren(inWords(ofWholeNumber(foldNull(schema)), this.language), (child) =>
      this.finish(child),
    );
  }

  private addComponent(name: string, schema: JsonSchema): void {
    const finished = this.finish(schema);
    const known = this.components[name];
    if (known && JSON.stringify(known) !== JSON.stringify(finished))
      throw new Error(`two schemas of the contract are called ${name}`);
    this.components[name] = finished;
  }
}
