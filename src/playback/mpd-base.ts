import type { IncomingMessage } from 'node:http';

/** Where everything behind a pass begins. */
export interface PassBase {
  /** Without a slash at the end: `https://media.example.com/p/<pass>`. */
  readonly url: string;
}

/**
 * The address behind which this viewer's pass counts. `publicBase` as viewers reach us; where nobody said, as this one did.
 */
export const passBase = (publicBase: string | undefined, req: IncomingMessage, pass: string): PassBase => ({
  url: `${publicBase ?? `http://${req.headers.host ?? ''}`}/p/${pass}`,
});

const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

/**
 * Says in an MPD of ours where its segments are. By the standard that is where the MPD was found in the end, but ffmpeg, and
 * what is built on it, takes the address from before the redirect, which has the token and not the pass.
 */
export const withBaseUrl = (mpd: string, folder: string): string =>
  mpd.replace(/^(\s*)<Period\b/m, (period, indent: string) => {
    return `${indent}<BaseURL>${escaped(folder)}</BaseURL>\n${period}`;
  });
