import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runTool, UsageError } from '../support/run-tool';
import type { ScriptedNode } from '../workflow/support/scripted-node';
import { World } from '../workflow/support/world';
import { HISTORIES } from './support/histories';
import { recordShow, recordWork } from './support/record';
import { SCENARIO, Show, type Scenario } from './support/scenarios';
import { WORK_STORY, type WorkStory } from './support/work-stories';

/**
 * npm run record-histories [scenario...]: plays each story on a real Temporal and a real Postgres, and keeps the histories
 * of its workflows in test/replay/histories with what came out. Read CONTRIBUTING.md before you record anew.
 */

/** Some 20 drops fit in a stock run's 4,096 events ten times over. */
const SUGGEST_AFTER_EVENTS = 120;

/** A show, or what is done beside one. */
type Told = Scenario | WorkStory;
type Named = [name: string, told: Told];
const STORIES: Record<string, Told> = { ...SCENARIO, ...WORK_STORY };

/** Plays a story to its end; answers how to keep it. */
async function playOne(
  world: World,
  node: ScriptedNode,
  told: Told,
): Promise<(name: string, server: string) => Promise<number>> {
  if ('work' in told) {
    const ids = await told.work(world);
    return (name, server) => recordWork(world, ids, name, told.story, server);
  }
  const show = await Show.begin(world, node, told.windowSeconds ?? null);
  await told.play(show);
  return (name, server) => recordShow(show, name, told.story, server);
}

async function play(world: World, stories: Named[]): Promise<void> {
  const node = await world.node('node-1');
  const { serverVersion = '' } = await world.client.connection.workflowService.getSystemInfo({});
  const tell = async ([name, told]: Named) => {
    const keep = await playOne(world, node, told);
    rmSync(join(HISTORIES, name), { recursive: true, force: true });
    const bytes = await keep(name, String(serverVersion));
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

const handsOver = (told: Told): boolean => 'handsOver' in told;

async function main(names: string[]): Promise<void> {
  const stories = Object.entries(STORIES).filter(([name]) => names.length === 0 || names.includes(name));
  if (stories.length === 0)
    throw new UsageError(`there is no story of that name; there are ${Object.keys(STORIES).join(', ')}`);
  mkdirSync(HISTORIES, { recursive: true });
  await inWorld(
    stories.filter(([, told]) => !handsOver(told)),
    {},
  );
  await inWorld(
    stories.filter(([, told]) => handsOver(told)),
    {
      'limit.historyCount.suggestContinueAsNew': SUGGEST_AFTER_EVENTS,
    },
  );
}

// The worlds' native threads would keep it running.
void runTool(() => main(process.argv.slice(2))).finally(() => process.exit());
