import { z } from 'zod';
import { PROFILE_TYPES } from '../../../domain/transcoding-profile';
import { said } from '../operation';
import { appPart, entityState, id, time } from './parts';

const part = {
  id,
  state: entityState,
  type: z.enum(PROFILE_TYPES),
  name: z.string(),
  profile: said(
    z.record(z.string(), z.unknown()),
    'What it says depends on its type. BROADCAST_RTMP: segmentDuration in seconds, videoStreams with pixels and bits per second, audioStream, drm. VIDEO: format (CMAF: HLS, DASH and MP4; MP4: that alone), segmentDuration, maxFrameRate, videoStreams with their short sides. THUMBNAIL: format, longSide in pixels, atFraction of the length. PREVIEW: these, seconds and frameRate.',
    '내용은 타입에 따라 다릅니다. BROADCAST_RTMP: segmentDuration(초), videoStreams(픽셀, bps), audioStream, drm. VIDEO: format(CMAF는 HLS, DASH, MP4, MP4는 MP4만), segmentDuration, maxFrameRate, videoStreams(짧은 변). THUMBNAIL: format, longSide(픽셀), atFraction(길이 비율). PREVIEW: 위 항목과 seconds, frameRate.',
  ),
  revision: z.int().min(1),
};

/** As it stands in other resources. */
export const transcodingProfilePart = z.object(part);

export const transcodingProfile = z
  .object({
    ...part,
    creatorType: z.enum(['SYSTEM', 'APP']),
    representativeType: z.enum(['DEFAULT', 'NON_DEFAULT']),
    app: said(appPart.nullable(), 'The app that it was made for; null for all.', '전용 앱, 공용이면 null.'),
    description: z.string(),
    createdAt: time,
    lastModifiedAt: time,
  })
  .meta({ id: 'TranscodingProfile' });
