import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'puppeteer-core';
import { findBrowser, openBrowser } from '../support/browser';
import { Harness } from './harness';

/** Each link to an operation in the two seeds about broadcasting with RTMP, 38 of each, without the host. */
const LINKS = readFileSync(join(__dirname, '../fixtures/deep-links.txt'), 'utf8').trim().split('\n');
/** A quiet machine opens one within a second or two; suites may share theirs. */
const OPEN_TIMEOUT_MS = 60_000;

const executable = findBrowser();
const withBrowser = executable ? describe : describe.skip;
if (!executable)
  console.warn('Deep links are not tried: no Chromium or Chrome was found here (CHROME_PATH names one).');

/**
 * Each link is an address of its own, and a page takes up to a second to make itself. So one link of each tag is opened (of
 * Swagger UI's, the slower one, one in all), and of the others the page must have what they point to; DEEP_LINKS=all opens
 * every one.
 */
const OPEN_ALL = process.env.DEEP_LINKS === 'all';
const PAGE_TIMEOUT_MS = OPEN_ALL ? 900_000 : 120_000;

const PAGES = [...new Set(LINKS.map((link) => link.split('#')[0] ?? ''))];
const linksTo = (page: string) => LINKS.filter((link) => link.startsWith(`${page}#`));
/** The anchor without the operation. */
const tagOf = (link: string): string => link.replace(/(\/operation)?\/\w+$/, '');
const opened = (page: string) => {
  const links = linksTo(page);
  if (!OPEN_ALL && page.includes('/swagger-ui/')) return links.slice(-1);
  return OPEN_ALL ? links : [...new Map(links.map((link) => [tagOf(link), link])).values()];
};
const operationOf = (link: string): string => /\w+$/.exec(link)?.[0] ?? '';

test('there are 38 links of each seed', () => {
  expect(LINKS.filter((link) => link.startsWith('open-api/en/'))).toHaveLength(38);
  expect(LINKS.filter((link) => link.startsWith('open-api/ko/'))).toHaveLength(38);
});

/** In the browser's words: Redoc has the operation on the screen, and its entry of the menu is the chosen one. */
const isOpenInRedoc = (anchor: string): string => `(() => {
  const section = document.getElementById(${JSON.stringify(anchor)});
  const entry = document.querySelector('li[data-item-id=' + CSS.escape(${JSON.stringify(anchor)}) + '] > label.active');
  if (!section || !entry) return false;
  const { top, bottom } = section.getBoundingClientRect();
  return top < window.innerHeight / 2 && bottom > 0;
})()`;

/** Swagger UI has unfolded the operation, and no other. */
const isOpenInSwaggerUi = (operation: string): string => `(() => {
  const open = [...document.querySelectorAll('.opblock.is-open')].map(({ id }) => id);
  return open.length === 1 && open[0].endsWith(${JSON.stringify(`-${operation}`)});
})()`;

/** The id of what a link points to: an anchor of Redoc, or an operation of Swagger UI. */
const targetOf = (link: string): string => {
  const anchor = decodeURIComponent(link.split('#')[1] ?? '');
  if (!link.includes('/swagger-ui/')) return anchor;
  return `operations${anchor.replaceAll('/', '-').replaceAll(' ', '_')}`;
};
const WITHOUT_TARGET = (ids: string[]): string =>
  `${JSON.stringify(ids)}.filter((id) => !document.getElementById(id))`;

withBrowser('in a browser', () => {
  let api: Harness;
  let browser: Browser;
  beforeAll(async () => {
    api = await Harness.start();
    browser = await openBrowser(executable!);
  });
  afterAll(async () => {
    await browser.close();
    await api.stop();
  });

  const isOpen = (link: string): string =>
    link.includes('/swagger-ui/')
      ? isOpenInSwaggerUi(operationOf(link))
      : isOpenInRedoc(decodeURIComponent(link.split('#')[1] ?? ''));

  test.each(PAGES)(
    'all links to %s open their operation, and nothing is loaded from elsewhere',
    async (address) => {
      const page = await browser.newPage();
      const foreign: string[] = [];
      const errors: string[] = [];
      page.on('request', (request) => {
        const url = request.url();
        const own = url.startsWith(`http://127.0.0.1:${api.port}/`) || /^(data|blob|about):/.test(url);
        if (!own) foreign.push(url);
      });
      page.on('pageerror', (error) => errors.push(String(error)));
      for (const link of opened(address)) {
        // Otherwise a link to another anchor of the same page would not load it.
        await page.goto('about:blank');
        await page.goto(`http://127.0.0.1:${api.port}/${link}`, { waitUntil: 'domcontentloaded' });
        await page.waitForFunction(isOpen(link), { timeout: OPEN_TIMEOUT_MS });
      }
      const missing = await page.evaluate(WITHOUT_TARGET(linksTo(address).map(targetOf)));
      await page.close();
      expect(missing).toEqual([]);
      expect({ foreign, errors }).toEqual({ foreign: [], errors: [] });
    },
    PAGE_TIMEOUT_MS,
  );
});
