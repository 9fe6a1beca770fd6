import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, say, Stop, withProgress } from './say.mjs';
import { cacheFolder, goBuild, isExecutable, readRelease } from './tools.mjs';

const TOOL = 'temporal';
const release = readRelease(TOOL);
/** A host that has not answered by then is taken for unreachable; the next source is tried. */
const ANSWER_DEADLINE_MS = 5_000;
/** A download that stands still this long is given up. */
const STALL_DEADLINE_MS = 15_000;
/** The archive has 50 MB; what is far beyond is not it. */
const MAX_ARCHIVE_BYTES = 200 * 1024 * 1024;

/** True for a CLI whose server is new enough for us. */
function isUsable(path) {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 5_000 });
  const version = status === 0 ? /Server (\d+)\.(\d+)\.(\d+)/.exec(stdout)?.slice(1).map(Number) : null;
  if (!version) return false;
  const oldest = release.oldestServer.split('.').map(Number);
  const at = version.findIndex((part, i) => part !== oldest[i]);
  return at === -1 || version[at] > oldest[at];
}

function onPath() {
  const candidates = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return candidates
    .map((folder) => join(folder, 'temporal'))
    .find((path) => isExecutable(path) && isUsable(path));
}

/** Fetches to a file and checks it against the pinned checksum. */
export async function fetchArchive({ url, sha256 }, target, progress) {
  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(new Error('no answer within 5 s')), ANSWER_DEADLINE_MS);
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok || !response.body) throw new Error(`the server said ${response.status}`);
    const total = Number(response.headers.get('content-length')) || 0;
    const hash = createHash('sha256');
    const file = createWriteStream(target, { mode: 0o600 });
    let bytes = 0;
    for await (const chunk of response.body) {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(new Error('the download stands still')), STALL_DEADLINE_MS);
      bytes += chunk.length;
      if (bytes > MAX_ARCHIVE_BYTES) throw new Error('the answer is far larger than the archive');
      hash.update(chunk);
      if (!file.write(chunk)) await new Promise((resolve) => file.once('drain', resolve));
      progress(total ? `${Math.floor((100 * bytes) / total)} %` : `${Math.floor(bytes / 1024 / 1024)} MB`);
    }
    await new Promise((resolve, reject) => file.once('error', reject).end(resolve));
    const got = hash.digest('hex');
    if (got !== sha256) throw new Error(`its checksum is ${got}, not the pinned ${sha256}`);
  } finally {
    clearTimeout(timer);
  }
}

async function download(folder, progress) {
  const archive = release.archives[`${process.platform}-${process.arch}`];
  if (!archive) throw new Error(`there is none for ${process.platform}-${process.arch}`);
  const file = join(folder, 'archive.tar.gz');
  await fetchArchive(archive, file, progress);
  await run('tar', ['-xzf', file, '-C', folder, 'temporal'], { cwd: folder });
  return join(folder, 'temporal');
}

async function build(folder, progress) {
  const target = join(folder, 'temporal');
  await goBuild(TOOL, 'github.com/temporalio/cli/cmd/temporal', target, progress);
  return target;
}

/** The two ways to get one, in this order. */
const SOURCES = [
  {
    say: `Temporal CLI: downloading the official ${release.version} (50 MB, about 15 s).`,
    what: 'download',
    get: download,
  },
  {
    say: 'Temporal CLI: building it with Go from tools/temporal (about 4 minutes on two cores, once per machine).',
    what: 'go build',
    get: build,
  },
];

/** Makes sure that a Temporal dev server can be started (src/launch/temporal/cli.ts looks in the same places). */
export async function ensureTemporal() {
  if (process.env.TEMPORAL_ADDRESS) return say(`Temporal: the server at ${process.env.TEMPORAL_ADDRESS}.`);
  if (process.env.TEMPORAL_CLI) return say(`Temporal CLI: ${process.env.TEMPORAL_CLI}.`);
  const found = onPath();
  if (found) return say(`Temporal CLI: ${found}.`);
  const cache = cacheFolder();
  const cached = join(cache, release.cacheName);
  if (isExecutable(cached) && isUsable(cached)) return say(`Temporal CLI: ${cached}.`);

  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'getting-'));
  const failures = [];
  try {
    for (const source of SOURCES) {
      say(source.say);
      try {
        const binary = await withProgress(source.what, (progress) => source.get(folder, progress));
        if (!isUsable(binary)) throw new Error('what came out does not run here');
        // Whole or not at all: another checkout may start at the same time.
        renameSync(binary, cached);
        return say(`Temporal CLI: kept as ${cached}.`);
      } catch (error) {
        const why =
          error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
        failures.push(`${source.what}: ${why}`);
        say(`  ${source.what}: ${why}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  throw new Stop(
    `No Temporal CLI could be had:\n  ${failures.join('\n  ')}\n` +
      'Install it (it must be on PATH as "temporal"), or Go, or set TEMPORAL_ADDRESS to a server.',
  );
}
