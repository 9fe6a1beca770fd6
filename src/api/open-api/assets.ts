import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getAbsoluteFSPath } from 'swagger-ui-dist';
import { START_SWAGGER_UI } from './pages';

export interface Asset {
  type: string;
  read(): string;
}

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

/** The one thing that Redoc loads from elsewhere: its maker's mark. */
const FOREIGN_IMAGE = 'https://cdn.redoc.ly/redoc/logo-mini.svg';
const EMPTY_IMAGE = 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==';

/** Read when first asked for: most APIs never show a page. */
const once = (read: () => string): (() => string) => {
  let text: string | null = null;
  return () => (text ??= read());
};

const file = (path: string) => once(() => readFileSync(path, 'utf8'));
const ofSwaggerUi = (name: string) => file(join(getAbsoluteFSPath(), name));
const redoc = once(() =>
  readFileSync(require.resolve('redoc/bundles/redoc.standalone.js'), 'utf8').replaceAll(
    FOREIGN_IMAGE,
    EMPTY_IMAGE,
  ),
);

/** What the pages load, all of it from packages that are installed here. */
export const ASSETS: Readonly<Record<string, Asset>> = {
  'redoc.js': { type: SCRIPT, read: redoc },
  'swagger-ui.js': { type: SCRIPT, read: ofSwaggerUi('swagger-ui-bundle.js') },
  'swagger-ui.css': { type: STYLE, read: ofSwaggerUi('swagger-ui.css') },
  'start-swagger-ui.js': { type: SCRIPT, read: () => START_SWAGGER_UI },
};
