import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const MODULE = pathToFileURL(resolve(__dirname, '../../scripts/bootstrap/temporal.mjs')).href;
const SCRIPT = `
  const { fetchArchive } = await import(${JSON.stringify(MODULE)});
  const [url, sha256, target] = process.argv.slice(1);
  try { await fetchArchive({ url, sha256 }, target, () => {}); console.log('ok'); }
  catch (error) { console.log(error.message); }
  process.exit(0);
`;
const ARCHIVE = Buffer.alloc(300_000, 'archive');
const SHA256 = createHash('sha256').update(ARCHIVE).digest('hex');

let folder: string;
let server: Server;
let base: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'showrunner-download-'));
  server = createServer((request, response) => {
    if (request.url === '/silent') return;
    if (request.url === '/missing') return void response.writeHead(404).end();
    if (request.url === '/moved') return void response.writeHead(302, { location: '/archive' }).end();
    response.end(ARCHIVE);
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const fetchArchive = (path: string, sha256 = SHA256): Promise<string> =>
  new Promise((done, reject) => {
    const args = ['--input-type=module', '-e', SCRIPT, `${base}${path}`, sha256, join(folder, 'archive')];
    execFile(process.execPath, args, (error, stdout) => (error ? reject(error) : done(stdout.trim())));
  });

describe('the download of the Temporal CLI', () => {
  it('takes what has the pinned checksum, over a redirect as well', async () => {
    expect(await fetchArchive('/moved')).toBe('ok');
    expect(readFileSync(join(folder, 'archive')).equals(ARCHIVE)).toBe(true);
  });

  it('refuses anything else', async () => {
    expect(await fetchArchive('/archive', 'f'.repeat(64))).toBe(
      `its checksum is ${SHA256}, not the pinned ${'f'.repeat(64)}`,
    );
  });

  it('says what the server said', async () => {
    expect(await fetchArchive('/missing')).toBe('the server said 404');
  });

  it('gives up on a host that does not answer within 5 s', async () => {
    const startedAt = Date.now();
    expect(await fetchArchive('/silent')).toBe('no answer within 5 s');
    expect(Date.now() - startedAt).toBeLessThan(8_000);
  });

  it('pins a checksum for each archive', () => {
    const text = readFileSync(resolve(__dirname, '../../tools/temporal/release.json'), 'utf8');
    const { version, archives } = JSON.parse(text) as {
      version: string;
      archives: Record<string, { url: string; sha256: string }>;
    };
    for (const [platform, { url, sha256 }] of Object.entries(archives)) {
      expect([platform, url]).toEqual([platform, expect.stringContaining(`v${version}/`)]);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});
