import { Router, type RequestHandler } from 'express';
import helmet from 'helmet';
import { MEMBER_API, SERVER_API, type PublishedApi } from '../contract';
import { unsupportedMethod } from '../errors';
import { ASSETS, type Asset } from './assets';
import { openApiDocument } from './document';
import { LANGUAGES, type Language } from './json-schema';
import { ASSETS_PATH, documentPath, OPEN_API_PATH, PAGE_POLICY, readingPage, tryingPage } from './pages';

/** The pages change only with a new version of the server; whoever has one asks whether it is still so. */
const CACHE = 'no-cache';
const ASSET_CACHE = 'public, max-age=3600';

const pageHeaders = helmet({
  contentSecurityPolicy: { useDefaults: false, directives: PAGE_POLICY },
  strictTransportSecurity: false,
});

const answer =
  (type: string, cache: string, text: () => string): RequestHandler =>
  (_req, res) => {
    res.setHeader('Content-Type', type);
    res.setHeader('Cache-Control', cache);
    res.send(text());
  };

function addPages(router: Router, api: PublishedApi, language: Language): void {
  const html = 'text/html; charset=utf-8';
  let document: string | null = null;
  const read = () => (document ??= `${JSON.stringify(openApiDocument(api, language), null, 2)}\n`);
  const pages: [string, RequestHandler][] = [
    [documentPath(api, language), answer('application/json; charset=utf-8', CACHE, read)],
    [`${OPEN_API_PATH}/${language}/docs/${api.name}`, answer(html, CACHE, () => readingPage(api, language))],
    [
      `${OPEN_API_PATH}/${language}/swagger-ui/${api.name}`,
      answer(html, CACHE, () => tryingPage(api, language)),
    ],
  ];
  for (const [path, handler] of pages) router.route(path).get(pageHeaders, handler).all(unsupportedMethod);
}

/** The documents of both APIs in both languages, and the pages that show them. Anybody may read them. */
export function openApiRoutes(): Router {
  const router = Router();
  for (const api of [SERVER_API, MEMBER_API])
    for (const language of LANGUAGES) addPages(router, api, language);
  for (const [name, asset] of Object.entries<Asset>(ASSETS))
    router
      .route(`${ASSETS_PATH}/${name}`)
      .get(pageHeaders, answer(asset.type, ASSET_CACHE, asset.read))
      .all(unsupportedMethod);
  return router;
}
