import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runTool, UsageError } from '../support/run-tool';
import { World } from '../workflow/support/world';
import { HISTORIES } from './support/histories';
import { recordShow } from './support/record';
import { SCENARIO, Show, type Scenario } from './support/scenarios';

/**
 * npm run record-histories [scenario...]: plays each story on a real Temporal and a real Postgres, and keeps the histories
 * of its workflows in test/replay/histories with what came out. Read CONTRIBUTING.md before you record anew.
 */

/** Some 20 drops fit in a stock run's 4,096 events ten times over. */
const SUGGEST_AFTER_EVENTS = 120;

type Named = [name: string, scenario: Scenario];

async function play(world: World, stories: Named[]): Promise<void> {
  const node = await world.node('node-1');
  const { serverVersion = '' } = await world.client.connection.workflowService.getSystemInfo({});
  const tell = async ([name, { story, windowSeconds, play: playIt }]: Named) => {
    const show = await Show.begin(world, node, windowSeconds ?? null);
    await playIt(show);
    rmSync(join(HISTORIES, name), { recursive: true, force: true });
    const bytes = await recordShow(show, name, story, String(serverVersion));
    console.log(`${name}: ${Math.round(bytes / 1000)} kB`);
  };
  // All come to their end before the world does, also where one fails.
  const told = await Promise.allSettled(stories.filter(([, { alone }]) => !alone).map(tell));
  for (const one of told) if (one.status === 'rejected') throw one.reason;
  for (const story of stories.filter(([, { alone }]) => alone)) await tell(story);
}

async function inWorld(stories: Named[], dynamicConfig: Record<string, number>): Promise<void> {
  if (stories.length === 0) return;
  const world = await World.start({ private: true, temporal: 'dev', dynamicConfig });
  try {
    await play(world, stories);
  } finally {
    await world.stop();
  }
}

async function main(names: string[]): Promise<void> {
  const stories = Object.entries(SCENARIO).filter(([name]) => names.length === 0 || names.includes(name));
  if (stories.length === 0)
    throw new UsageError(`there is no story of that name; there are ${Object.keys(SCENARIO).join(', ')}`);
  mkdirSync(HISTORIES, { recursive: true });
  await inWorld(
    stories.filter(([, { handsOver }]) => !handsOver),
    {},
  );
  await inWorld(
    stories.filter(([, { handsOver }]) => handsOver),
    {
      'limit.historyCount.suggestContinueAsNew': SUGGEST_AFTER_EVENTS,
    },
  );
}

// The worlds' native threads would keep it running.
void runTool(() => main(process.argv.slice(2))).finally(() => process.exit());
