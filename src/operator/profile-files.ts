import { z } from 'zod';
import {
  previewProfileProblem,
  THUMBNAIL_FORMATS,
  thumbnailProfileProblem,
} from '../domain/picture-profiles';
import { liveProfileProblem, videoProfileProblem, type ProfileType } from '../domain/transcoding-profile';

const MAX_NAME_CHARACTERS = 100;
const MAX_DESCRIPTION_CHARACTERS = 1_000;

const text = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((value) => !value.includes('\0'), 'takes no NUL character');

const words = {
  name: text(MAX_NAME_CHARACTERS),
  description: text(MAX_DESCRIPTION_CHARACTERS).nullish(),
};

/** Strict: what would change nothing is not taken. */
const live = z.strictObject({
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
});

/** Without `audioStream`: the original's sound is copied. */
const video = z
  .strictObject({
    format: z.enum(['CMAF', 'MP4']),
    segmentDuration: z.number(),
    maxFrameRate: z.int(),
    videoStreams: z.array(z.strictObject({ type: z.literal('video').default('video'), shortSide: z.int() })),
    drm: z.boolean().default(false),
  })
  .transform(({ videoStreams, ...rest }) => ({
    ...rest,
    videoStreams: videoStreams.map((stream) => ({ name: `${stream.shortSide}p`, ...stream })),
  }));

const thumbnail = z.strictObject({
  format: z.enum(THUMBNAIL_FORMATS).default('JPEG'),
  longSide: z.int(),
  atFraction: z.number(),
});

const preview = z.strictObject({
  format: z.literal('MP4').default('MP4'),
  longSide: z.int(),
  atFraction: z.number(),
  seconds: z.int(),
  frameRate: z.int(),
});

const fileOf = <T extends ProfileType, S extends z.ZodType>(
  type: T,
  profile: S,
  problemOf: (content: z.output<S>) => string | null,
) =>
  z.strictObject({ ...words, type: z.literal(type), profile }).superRefine((file, context) => {
    const message = problemOf((file as { profile: z.output<S> }).profile);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });

const byType = z.discriminatedUnion('type', [
  fileOf('BROADCAST_RTMP', live, liveProfileProblem),
  fileOf('VIDEO', video, videoProfileProblem),
  fileOf('THUMBNAIL', thumbnail, thumbnailProfileProblem),
  fileOf('PREVIEW', preview, previewProfileProblem),
]);

const hasNoType = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !('type' in value);

/** What an operator's file of a profile holds; without a type it is a live one. Refuses what can't be done, and what would be ignored. */
export const profileFile = z.preprocess(
  (value) => (hasNoType(value) ? { type: 'BROADCAST_RTMP', ...value } : value),
  byType,
);
