import { readFile, stat } from 'node:fs/promises';
import type { Knex } from 'knex';
import { z } from 'zod';
import { liveProfileProblem } from '../domain/transcoding-profile';
import { insertTranscodingProfile } from '../store/transcoding-profiles';
import { OperatorError } from './operator-error';

/** A profile takes some hundred bytes; a larger file is none. */
const MAX_FILE_BYTES = 64 * 1024;
const MAX_NAME_CHARACTERS = 100;
const MAX_DESCRIPTION_CHARACTERS = 1_000;

const text = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((value) => !value.includes('\0'), 'takes no NUL character');

/** What the file holds: FlipFlop's shape of a profile of type BROADCAST_RTMP. */
const profileFile = z.strictObject({
  name: text(MAX_NAME_CHARACTERS),
  description: text(MAX_DESCRIPTION_CHARACTERS).nullish(),
  profile: z.strictObject({
    segmentDuration: z.number(),
    videoStreams: z.array(
      z.strictObject({
        name: text(MAX_NAME_CHARACTERS),
        type: z.literal('video').default('video'),
        width: z.int(),
        height: z.int(),
        bitrate: z.int(),
      }),
    ),
    audioStream: z.strictObject({
      name: z.literal('audio').default('audio'),
      type: z.literal('audio').default('audio'),
      bitrate: z.int(),
    }),
    drm: z.boolean().default(false),
  }),
});

async function readJson(path: string): Promise<unknown> {
  try {
    if ((await stat(path)).size > MAX_FILE_BYTES) throw new Error(`has more than ${MAX_FILE_BYTES} bytes`);
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    throw new OperatorError(`${path}: ${(error as Error).message}`);
  }
}

/** Makes a custom live profile of one app from a JSON file; answers its id. Refuses what the packager can not do. Throws OperatorError. */
export async function addProfile(knex: Knex, appId: number, path: string): Promise<number> {
  const parsed = profileFile.safeParse(await readJson(path));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new OperatorError(`${path}: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { name, description = null, profile: content } = parsed.data;
  const problem = liveProfileProblem(content);
  if (problem) throw new OperatorError(`${path}: ${problem}`);
  const row = await insertTranscodingProfile(knex, {
    appId,
    type: 'BROADCAST_RTMP',
    name,
    description,
    content,
  });
  return row.id;
}
