import type { ApiClient } from '../../src/demo/api-client';
import { until } from '../support/until';

const FETCH_TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 5;

export interface PlayedVod {
  /** Of the first segment; 0 where something on the way to it did not answer. */
  bytes: number;
  problem: string;
}

/** What a player does first: master playlist, media playlist, init, first segment. */
export async function playVod(api: ApiClient, roomId: number): Promise<PlayedVod> {
  const master = await until(() => masterOf(api, roomId), {
    timeoutMs: FETCH_TIMEOUT_MS,
    what: `the VOD's address of room ${roomId}`,
    everyMs: LOOK_EVERY_MS,
  });
  try {
    const media = new URL(firstLine(await textOf(master)), master).href;
    const playlist = await textOf(media);
    const init = /#EXT-X-MAP:.*URI="([^"]+)"/.exec(playlist)?.[1];
    if (!init) return { bytes: 0, problem: 'no init segment' };
    await bytesOf(new URL(init, media).href);
    return { bytes: await bytesOf(new URL(firstLine(playlist), media).href), problem: 'an empty segment' };
  } catch (error) {
    return { bytes: 0, problem: (error as Error).message };
  }
}

async function masterOf(api: ApiClient, roomId: number): Promise<string | null> {
  const { videoPostId } = await api.room(roomId);
  if (videoPostId === null) return null;
  const { file } = await api.videoPost(videoPostId);
  return file.processedSummaries.find(({ format }) => format === 'CMAF_HLS')?.url ?? null;
}

const firstLine = (playlist: string): string =>
  playlist.split('\n').find((line) => line !== '' && !line.startsWith('#')) ?? '';

async function get(url: string): Promise<Response> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`${new URL(url).pathname} answered ${answer.status}`);
  return answer;
}
const textOf = async (url: string): Promise<string> => (await get(url)).text();
const bytesOf = async (url: string): Promise<number> => (await (await get(url)).arrayBuffer()).byteLength;
