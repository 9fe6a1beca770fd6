import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../../support/until';
import { HOSTILE_INPUTS } from '../inputs';
import type { HostileInput, Observed } from '../target';
import { Witness } from '../witness';
import { render, type StockResult } from './render';
import { StockServer } from './stock-server';

/** npm run hostile:stock: each input against a fresh stock server; prints the table and keeps it as data/hostile-inputs.md, out of the repository: its maintainer hears first. */

const ROOT = join(__dirname, '../../../..');
/** A crash by an input follows it at once, or when its sockets close. */
const CRASH_FOLLOWS_MS = 500;
const MB = 1024 * 1024;

async function attackStock(input: HostileInput): Promise<StockResult> {
  const server = await StockServer.start({ auth: input.stockAuth ?? false });
  const witness = await Witness.start(server, input.stockAuth ? server.signedWitness() : undefined);
  const before = await server.rssBytes();
  try {
    const seen = await attack(server, input);
    server.endAll();
    await until(() => !server.isAlive, { timeoutMs: CRASH_FOLLOWS_MS, what: 'a crash' }).catch(() => false);
    if (server.crash) return { input, outcome: 'crashed', note: server.crash };
    const grown = Math.round(((await server.rssBytes()) - before) / MB);
    const lost = await witness.check().then(
      () => null,
      (error: Error) => error.message,
    );
    const notes = [seen.harm, lost, grown > 100 ? `+${grown} MB` : null].filter((one) => one !== null);
    return { input, outcome: seen.connections, note: notes.join('; ') };
  } finally {
    witness.stop();
    await server.stop();
  }
}

/** An attack may fail because its server is gone. */
async function attack(server: StockServer, input: HostileInput): Promise<Observed> {
  try {
    return await input.attack(server);
  } catch (error) {
    await until(() => !server.isAlive, { timeoutMs: CRASH_FOLLOWS_MS, what: 'a crash' }).catch(() => false);
    if (!server.isAlive) return { connections: 'closed', harm: null };
    return { connections: 'open', harm: `not answered: ${(error as Error).message.split(',')[0]}` };
  }
}

async function main(): Promise<void> {
  const only = process.argv[2];
  const results: StockResult[] = [];
  for (const input of HOSTILE_INPUTS) {
    if (only && !input.name.includes(only)) continue;
    const result = await attackStock(input);
    results.push(result);
    console.log(
      `${input.theme.padEnd(10)} ${input.name.padEnd(64)} ours: ${input.ours.padEnd(9)} stock: ${result.outcome}${result.note && ` (${result.note})`}`,
    );
  }
  const crashed = results.filter((one) => one.outcome === 'crashed').length;
  const misled = results.filter((one) => one.outcome !== 'crashed' && one.note !== '').length;
  const { version } = JSON.parse(
    readFileSync(join(ROOT, 'node_modules/node-media-server/package.json'), 'utf8'),
  ) as { version: string };
  if (!only) {
    mkdirSync(join(ROOT, 'data'), { recursive: true });
    writeFileSync(join(ROOT, 'data/hostile-inputs.md'), await render(version, results));
  }
  console.log(`stock ${version}: ${results.length} inputs, ${crashed} crashed, ${misled} more did harm`);
}

void main();
