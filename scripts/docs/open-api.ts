import { MEMBER_API, SERVER_API } from '../../src/api/contract';
import { openApiDocument } from '../../src/api/open-api/document';
import { LANGUAGES } from '../../src/api/open-api/json-schema';

/** docs/openapi-*.json: what the API serves, so that a change of it shows as changed lines. */
export function render() {
  return [SERVER_API, MEMBER_API].flatMap((api) =>
    LANGUAGES.map((language) => ({
      path: `docs/openapi-${api.name}.${language}.json`,
      content: JSON.stringify(openApiDocument(api, language), null, 2),
    })),
  );
}
