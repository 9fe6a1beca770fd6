import { existsSync } from 'node:fs';
import { launch, type Browser } from 'puppeteer-core';

const PLACES = [
  process.env.CHROME_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A Chromium that is installed here; null: there is none. */
export const findBrowser = (): string | null =>
  PLACES.find((path): path is string => path !== undefined && path !== '' && existsSync(path)) ?? null;

/** Without a sandbox, which a container's root user has none of: it opens pages of ours only. */
export const openBrowser = (executablePath: string): Promise<Browser> =>
  launch({
    executablePath,
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
