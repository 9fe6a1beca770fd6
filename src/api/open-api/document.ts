import { errorsOf } from '../contract/common-errors';
import type { PublishedApi } from '../contract';
import { TAGS, type Operation, type TagName } from '../contract/operation';
import { errorAnswers, goodAnswer } from './answers';
import { INTRODUCTIONS } from './introduction';
import { JsonSchemas, type JsonSchema, type Language } from './json-schema';
import { parametersOf } from './parameters';

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  openapi: '3.1.0';
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  tags: { name: string; 'x-displayName': string }[];
  security: Record<string, string[]>[];
  paths: Record<string, Record<string, unknown>>;
  components: { securitySchemes: Record<string, unknown>; schemas: Record<string, JsonSchema> };
}

/** The generation of the API, as it stands in its paths. */
const VERSION = '2';

const SECURITY = {
  'ffc-app-server': { app: { type: 'http', scheme: 'basic' } },
  'ffc-members': { member: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
} as const;

const operationsOf = (api: PublishedApi): Operation[] =>
  api.contracts.flatMap((contract) => Object.values(contract));

const ALSO_AT = { en: 'Also at', ko: '같은 동작의 다른 경로' };

function descriptionOf(operation: Operation, language: Language): string | undefined {
  const { description, alsoAt } = operation;
  const also = alsoAt?.map((path) => `\`${path}\``).join(', ');
  const parts = [description?.[language], also ? `${ALSO_AT[language]}: ${also}` : undefined];
  return parts.filter((part) => part !== undefined).join('\n\n') || undefined;
}

function bodyOf(operation: Operation, schemas: JsonSchemas): object {
  if (!operation.body) return {};
  const example = operation.bodyExample === undefined ? {} : { example: operation.bodyExample };
  return {
    requestBody: {
      required: !operation.body.safeParse({}).success,
      content: { 'application/json': { schema: schemas.of(operation.body), ...example } },
    },
  };
}

function operationObject(api: PublishedApi, operation: Operation, schemas: JsonSchemas, language: Language) {
  const description = descriptionOf(operation, language);
  const parameters = parametersOf(operation, schemas, language);
  return {
    operationId: operation.id,
    tags: [TAGS[operation.tag][language]],
    summary: operation.summary[language],
    ...(description === undefined ? {} : { description }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...bodyOf(operation, schemas),
    ...(operation.openAt === undefined ? {} : { security: [] }),
    responses: {
      [operation.answer.status]: goodAnswer(operation, schemas, language),
      ...errorAnswers(errorsOf(api, operation), language),
    },
  };
}

function tagsOf(operations: readonly Operation[], language: Language) {
  const used = new Set<TagName>(operations.map(({ tag }) => tag));
  return (Object.keys(TAGS) as TagName[])
    .filter((tag) => used.has(tag))
    .map((tag) => TAGS[tag][language])
    .map((name) => ({ name, 'x-displayName': name.replaceAll('-', ' ') }));
}

/** The document of one API in one language: all that its contracts say, and nothing else. */
export function openApiDocument(api: PublishedApi, language: Language): OpenApiDocument {
  const schemas = new JsonSchemas(language);
  const operations = operationsOf(api);
  const paths: OpenApiDocument['paths'] = {};
  for (const operation of operations) {
    const path = `${operation.openAt ?? api.prefix}${operation.path}`;
    paths[path] = {
      ...paths[path],
      [operation.method]: operationObject(api, operation, schemas, language),
    };
  }
  const securitySchemes = SECURITY[api.name];
  return {
    openapi: '3.1.0',
    info: { title: api.title[language], version: VERSION, description: INTRODUCTIONS[api.name][language] },
    servers: [{ url: '/' }],
    tags: tagsOf(operations, language),
    security: Object.keys(securitySchemes).map((name) => ({ [name]: [] })),
    paths,
    components: { securitySchemes, schemas: schemas.components },
  };
}
