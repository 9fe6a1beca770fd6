import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { MEMBER_API, SERVER_API } from '../../src/api/contract';
import { openApiDocument } from '../../src/api/open-api/document';

/**
 * Types of the published documents, made as a client's author makes them: the program of test/e2e/from-the-document is written
 * against these alone, and so is checked by the compiler.
 */
export function render() {
  return Promise.all(
    [SERVER_API, MEMBER_API].map(async (api) => ({
      path: `test/e2e/from-the-document/published-${api.name}.ts`,
      content: [
        '// Generated from the OpenAPI document by scripts/docs/open-api-types.ts ("npm run docs").',
        astToString(await openapiTS(openApiDocument(api, 'en') as unknown as OpenAPI3)),
      ].join('\n'),
    })),
  );
}
