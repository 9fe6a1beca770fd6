import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { MEMBER_API, SERVER_API, type PublishedApi } from '../../src/api/contract';
import { errorsOf } from '../../src/api/contract/common-errors';
import { TAGS, type Operation } from '../../src/api/contract/operation';
import { openApiDocument, type OpenApiDocument } from '../../src/api/open-api/document';
import { LANGUAGES } from '../../src/api/open-api/json-schema';
import { ERRORS } from '../../src/domain/errors';
import { ERRORS_KO } from '../../src/domain/errors-ko';
import { Harness } from './harness';

const run = promisify(execFile);
const MODULES = resolve(__dirname, '../../node_modules');
const APIS = [SERVER_API, MEMBER_API];
const HANGUL = /[\uac00-\ud7a3]/;
const ALL = APIS.flatMap((api) =>
  LANGUAGES.map((language) => ({ name: `${api.name} ${language}`, api, language })),
);
const OPERATIONS: [string, PublishedApi, Operation][] = APIS.flatMap((api) =>
  api.contracts.flatMap((contract) =>
    Object.values(contract).map((it): [string, PublishedApi, Operation] => [it.id, api, it]),
  ),
);

interface Published {
  operationId: string;
  tags: string[];
  summary: string;
  requestBody?: { content: { 'application/json': { example?: unknown } } };
  responses: Record<string, { description: string; content?: Record<string, Content> }>;
}
interface Content {
  schema?: { properties?: { errorCode?: { enum?: string[] } } };
  example?: unknown;
}

function published(document: OpenApiDocument, { prefix }: PublishedApi, it: Operation): Published {
  return document.paths[`${it.openAt ?? prefix}${it.path}`]![it.method] as Published;
}

/** Every text for people in it. */
function textsOf(value: unknown, name = ''): string[] {
  if (typeof value === 'string') return ['description', 'summary'].includes(name) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  // Examples are what is sent, in whatever language.
  return Object.entries(value).flatMap(([key, it]) =>
    ['example', 'value'].includes(key) ? [] : textsOf(it, key),
  );
}

describe.each(ALL)('the document $name', ({ api, language }) => {
  const document = openApiDocument(api, language);

  test('has every operation once, under its tag', () => {
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map((it) => (it as Published).operationId),
    );
    const wanted = api.contracts.flatMap((contract) => Object.values(contract).map(({ id }) => id));
    expect(ids.sort()).toEqual(wanted.sort());
    expect(new Set(ids).size).toBe(ids.length);
    const tags = document.tags.map(({ name }) => name);
    for (const path of Object.values(document.paths))
      for (const it of Object.values(path)) expect(tags).toContain((it as Published).tags[0]);
  });

  // Paths that differ in the names of their parameters only are one path to OpenAPI, and must not stand beside each other.
  test('has no path twice', () => {
    const shapes = Object.keys(document.paths).map((path) => path.replace(/\{\w+\}/g, '{}'));
    expect(shapes.filter((shape, at) => shapes.indexOf(shape) !== at)).toEqual([]);
  });

  test('names every schema that it refers to', () => {
    for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g))
      expect(Object.keys(document.components.schemas)).toContain(name);
    expect(JSON.stringify(document)).not.toContain('#/$defs/');
  });

  test('says everything in its language', () => {
    for (const text of textsOf(document)) {
      if (language === 'ko') expect(text).toMatch(HANGUL);
      else expect(text).not.toMatch(HANGUL);
    }
  });
});

describe.each(OPERATIONS)('%s', (_id, api, it) => {
  const document = published(openApiDocument(api, 'en'), api, it);

  test('has a summary in both languages', () => {
    expect(it.summary.en).toMatch(/^[A-Z].{4,}[^.]$/);
    expect(it.summary.ko).toMatch(HANGUL);
    expect(TAGS[it.tag].ko).toMatch(HANGUL);
  });

  test('shows an example of its body and its answer, and both are taken by its schemas', () => {
    if (it.body) {
      const { example } = document.requestBody!.content['application/json'];
      expect(it.body.safeParse(example).error).toBeUndefined();
    }
    const { schema } = it.answer;
    if (!schema) return;
    const example = Object.values(document.responses[it.answer.status]!.content!)[0]!.example;
    expect(schema.safeParse(example).error).toBeUndefined();
    // What stands where nobody said what the field holds.
    expect(JSON.stringify(example)).not.toContain('"text"');
  });

  test('lists each error that it can answer, by status', () => {
    const codes = errorsOf(api, it);
    expect(codes).toContain('INTERNAL_SERVER_ERROR');
    for (const code of codes) {
      const answer = document.responses[ERRORS[code].status]!;
      expect(answer.description).toContain(`\`${code}\``);
      expect(answer.content!['application/json']!.schema!.properties!.errorCode!.enum).toContain(code);
      expect({ code, ko: ERRORS_KO[code] }).toEqual({ code, ko: expect.stringMatching(HANGUL) });
    }
  });
});

describe('for tools', () => {
  const folder = mkdtempSync(join(tmpdir(), 'showrunner-open-api-'));
  const fileOf = (api: PublishedApi) => join(folder, `${api.name}.json`);
  beforeAll(() => {
    for (const api of APIS) writeFileSync(fileOf(api), JSON.stringify(openApiDocument(api, 'en')));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(APIS)('$name is OpenAPI 3.1 by its schema', async (api) => {
    const cli = join(MODULES, '@seriousme/openapi-schema-validator/bin/validate-api-cli.js');
    const { stdout } = await run(process.execPath, [cli, fileOf(api)]);
    expect(stdout).toContain('"valid": true');
  });
});

describe('on the server', () => {
  let api: Harness;
  beforeAll(async () => {
    api = await Harness.start();
  });
  afterAll(() => api.stop());

  test.each(ALL)('the document $name is served to anybody', async ({ api: { name }, api: of, language }) => {
    const reply = await api.ask(`/open-api/${language}/${name}.json`, { as: null });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    expect(reply.body).toEqual(JSON.parse(JSON.stringify(openApiDocument(of, language))));
  });

  test.each(ALL)('pages show $name, from our own host only', async ({ api: { name }, language }) => {
    for (const kind of ['docs', 'swagger-ui']) {
      const page = await fetch(`http://127.0.0.1:${api.port}/open-api/${language}/${kind}/${name}`);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('content-security-policy')).toContain("script-src 'self';");
      const html = await page.text();
      expect(html).toContain(`/open-api/${language}/${name}.json`);
      for (const [, asset] of html.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)) {
        const answer = await fetch(`http://127.0.0.1:${api.port}${asset}`);
        expect([asset, answer.status]).toEqual([expect.stringMatching(/^\/open-api\/assets\//), 200]);
        await answer.arrayBuffer();
      }
    }
  });
});
