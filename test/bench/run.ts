import { Floor } from './floor/floor';
import { measureApi } from './measure-api';
import { measureLists } from './measure-lists';
import { measureMany } from './measure-many';
import { measureMemory } from './measure-memory';
import { measurePublish } from './measure-publish';
import { measureSequence } from './measure-sequence';
import { measureReconnects, measureShows } from './measure-shows';
import { measureStart } from './measure-start';
import type { Counts, Measurement } from './plan';
import { describeRun } from './report/machine';
import type { Results } from './results';
import { Stage } from './stage';

export interface BenchRun {
  /** host:port; null: the dev server that the stack starts itself. */
  temporalAddress: string | null;
  counts: Counts;
  measurements: Set<Measurement>;
  say(text: string): void;
}

/** Everything that was asked for, one after another; answers on what it ran. */
export async function runBench(run: BenchRun, results: Results): Promise<string> {
  const { temporalAddress, counts, measurements, say } = run;
  if (measurements.has('start')) {
    say('start of the whole stack');
    await measureStart(temporalAddress, results, counts.starts);
  }
  if (measurements.has('memory')) {
    say('memory with scheduled rooms');
    await onStage(temporalAddress, (stage) => measureMemory(stage, results, counts.scheduledRooms));
  }
  return onStage(temporalAddress, async (stage) => {
    const place = await describeRun(stage, temporalName(temporalAddress));
    await measureTimes(run, stage, results);
    return place;
  });
}

const temporalName = (address: string | null): string => {
  if (address !== null) return 'an existing server';
  return process.env.TEMPORAL_SERVER === 'cluster' ? 'cluster on Postgres' : 'dev server on SQLite';
};

async function onStage<T>(temporalAddress: string | null, act: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await Stage.open(temporalAddress);
  try {
    return await act(stage);
  } finally {
    await stage.close();
  }
}

async function measureTimes(
  { counts, measurements, say }: BenchRun,
  stage: Stage,
  results: Results,
): Promise<void> {
  const floor = await Floor.start(stage);
  const rtmp = { stage, results, floor, mode: 'RTMP' } as const;
  const cmaf = { ...rtmp, mode: 'CMAF' } as const;
  const steps: [Measurement, string, () => Promise<void>][] = [
    ['api', 'requests to the API', () => measureApi(stage, results, counts.apiSeconds)],
    [
      'lists',
      'lists of many rooms',
      () => measureLists(stage, results, { rooms: counts.listedRooms, requests: counts.listRequests }),
    ],
    ['publish', 'publish', () => measurePublish(stage, results, counts.publishes)],
    ['sequence', 'go lives in sequence', () => measureSequence(rtmp, counts.goLives)],
    ['rtmp', 'shows in RTMP mode', () => measureShows(rtmp, counts.rtmpShows)],
    [
      'reconnects',
      'shows with reconnects',
      () => measureReconnects(rtmp, counts.reconnectShows, counts.reconnects),
    ],
    ['cmaf', 'shows in CMAF', () => measureShows(cmaf, counts.cmafShows)],
    ['many', 'ten at once, and forced ends', () => measureMany(rtmp, counts.batchesOfTen)],
  ];
  try {
    for (const [measurement, what, act] of steps) {
      if (!measurements.has(measurement)) continue;
      say(what);
      await act();
    }
  } finally {
    await floor.stop();
  }
}
