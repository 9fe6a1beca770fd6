import { z } from 'zod';
import { MAX_UPLOAD_BYTES, MAX_UPLOAD_PARTS, type UploadKind } from '../../domain/upload';
import { POST_STATES } from '../../domain/video-post-state';
import { TIME_SORTS } from '../../store/page';
import { said } from '../contract/operation';
import { accessLevel, appUserId, customData, description, text, title } from './fields';
import { idFilter, optional, pageQuery, textFilter } from './page';

const profileId = z
  .int('takes the id of a transcoding profile')
  .min(1, 'takes the id of a transcoding profile');
const profile = (en: string, ko: string) => said(profileId.nullish(), en, ko, 6);

/** Both of FlipFlop's spellings (api/flipflop-api.md section 15.9). */
const profiles = {
  videoProfileId: profile('The profile of the renditions.', '영상 변환에 쓰는 프로파일.'),
  thumbnailProfileId: profile('The profile of the thumbnail.', '썸네일에 쓰는 프로파일.'),
  previewProfileId: profile('The profile of the preview.', '미리보기에 쓰는 프로파일.'),
  videoTranscodingProfileId: profile('Another name of videoProfileId.', 'videoProfileId의 다른 이름.'),
  thumbnailTranscodingProfileId: profile(
    'Another name of thumbnailProfileId.',
    'thumbnailProfileId의 다른 이름.',
  ),
  previewTranscodingProfileId: profile('Another name of previewProfileId.', 'previewProfileId의 다른 이름.'),
};

const texts = {
  title: title.nullish(),
  description: description.nullish(),
  accessLevel: accessLevel.nullish(),
  customData: customData.nullish(),
};

/** POST /video-posts. Other fields are ignored. */
export const newVideoPostBody = z.object({
  appUserId: appUserId('EMPTY_APP_USER_ID'),
  ...texts,
  ...profiles,
});

/** PATCH /video-posts/{id}. Absent: unchanged; null: removed, or back to the default. */
export const videoPostPatchBody = z.object({ ...texts, ...profiles });

const CUSTOM_DATA_PREFIX = 'customData.';

/** GET /video-posts. `customData.<name>=<value>` finds the posts that have it, several those that have all. */
export const videoPostsQuery = z
  .object({
    ...pageQuery(TIME_SORTS),
    memberId: idFilter(),
    appUserId: textFilter(),
    keyword: said(textFilter(), 'Part of the title.', '제목의 일부.', 'finals'),
    videoPostState: optional(z.enum(POST_STATES, `takes ${POST_STATES.join(', ')}`)),
    accessLevel: optional(accessLevel),
  })
  .catchall(z.unknown())
  .superRefine((query, context) => {
    const result = customData.safeParse(customDataOf(query));
    for (const { message } of result.error?.issues ?? [])
      context.addIssue({ code: 'custom', message, path: ['customData'] });
  });

const customDataOf = (query: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(query)
      .filter(([name]) => name.startsWith(CUSTOM_DATA_PREFIX))
      .map(([name, value]) => [name.slice(CUSTOM_DATA_PREFIX.length), value]),
  );

/** The filter in a checked query. */
export const customDataFilter = (query: z.output<typeof videoPostsQuery>): Record<string, string> =>
  customDataOf(query) as Record<string, string>;

const whole = (min: number, max: number) => {
  const message = `takes a whole number from ${min} to ${max}`;
  return z.int(message).min(min, message).max(max, message);
};

/** POST …/request-upload-urls */
export const uploadRequestBody = (kind: UploadKind) =>
  z.object({
    filename: said(
      text(255).min(1, 'takes a name'),
      'As it is called at yours.',
      '원본 파일 이름.',
      'talk.mp4',
    ),
    size: said(
      whole(1, MAX_UPLOAD_BYTES[kind]),
      'Bytes of the whole file.',
      '전체 파일 크기(바이트).',
      73_400_320,
    ),
    contentType: said(
      text(255).min(1, 'takes a media type'),
      'As you know it; what is served has the type that was found in the file.',
      '알고 있는 형식. 제공되는 형식은 파일에서 확인한 것입니다.',
      'video/mp4',
    ),
    multipartCount: said(
      whole(1, MAX_UPLOAD_PARTS).nullish(),
      'In how many parts it comes; 1 where it is not said. A part has ceil(size / count) bytes, the last one the rest.',
      '나누어 올릴 파트 수(기본 1). 파트 크기는 ceil(size / count), 마지막 파트는 나머지.',
      7,
    ),
  });

/** POST …/complete-upload */
export const completeUploadBody = z
  .array(
    z.object(
      {
        partNumber: said(whole(1, MAX_UPLOAD_PARTS), 'From 1.', '1부터.', 1),
        eTag: said(
          text(255).min(1, 'takes the ETag of the part'),
          'As the PUT of the part answered it, with its quotes or without.',
          '파트 PUT 응답의 ETag, 따옴표는 있어도 없어도 됩니다.',
          '"9e107d9d372bb6826bd81d3542a419d6"',
        ),
      },
      'takes an array of {partNumber, eTag}',
    ),
    'takes an array of {partNumber, eTag}',
  )
  .min(1, 'takes at least one part')
  .max(MAX_UPLOAD_PARTS, `takes at most ${MAX_UPLOAD_PARTS} parts`);
