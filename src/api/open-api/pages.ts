import type { PublishedApi } from '../contract';
import type { Language } from './json-schema';

/** Below these stand the documents, pages and what the pages load. */
export const OPEN_API_PATH = '/open-api';
export const ASSETS_PATH = `${OPEN_API_PATH}/assets`;

/** Only our own host is loaded from; the pages' style sheets are made while they run, and search runs in a worker. */
export const PAGE_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  workerSrc: ["'self'", 'blob:'],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'self'"],
};

export const documentPath = (api: PublishedApi, language: Language): string =>
  `${OPEN_API_PATH}/${language}/${api.name}.json`;

const page = (language: Language, title: string, head: string, body: string): string => `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>body { margin: 0; padding: 0; }</style>
${head}</head>
<body>
${body}
</body>
</html>
`;

/** For reading: Redoc, which makes itself of the `redoc` element. */
export const readingPage = (api: PublishedApi, language: Language): string =>
  page(
    language,
    api.title[language],
    '',
    `<redoc spec-url="${documentPath(api, language)}"></redoc>
<script src="${ASSETS_PATH}/redoc.js"></script>`,
  );

/** For trying: Swagger UI. */
export const tryingPage = (api: PublishedApi, language: Language): string =>
  page(
    language,
    api.title[language],
    `<link rel="stylesheet" href="${ASSETS_PATH}/swagger-ui.css">\n`,
    `<div id="swagger-ui"></div>
<script src="${ASSETS_PATH}/swagger-ui.js"></script>
<script src="${ASSETS_PATH}/start-swagger-ui.js" data-document="${documentPath(api, language)}"></script>`,
  );

/** No validator of somebody else's is asked; deep links open their operation. */
export const START_SWAGGER_UI = `SwaggerUIBundle({
  url: document.currentScript.dataset.document,
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
`;
