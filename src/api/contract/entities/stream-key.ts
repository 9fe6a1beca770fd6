import { z } from 'zod';
import { STREAM_KEY_STATES } from '../../../domain/stream-key/machine';
import { ROOM_STATES } from '../../../domain/video-room/machine';
import { said } from '../operation';
import { appPart, entityState, id, memberPart, outputMode, playUrls, time } from './parts';
import { transcodingProfilePart } from './transcoding-profile';

/** The only resource that shows the key itself: to its owner and the owner's backend. */
export const streamKey = z
  .object({
    id,
    state: entityState,
    streamKeyState: z.enum(STREAM_KEY_STATES),
    forciblyTerminated: z.boolean(),
    app: z.object({ ...appPart.shape, defaultRtmpOutputMode: outputMode }),
    member: memberPart,
    videoRoom: z
      .object({
        id,
        state: entityState,
        videoRoomState: z.enum(ROOM_STATES),
        type: z.string(),
        title: z.string(),
      })
      .nullable(),
    ingestUrl: z.string(),
    streamKey: z.string(),
    mode: said(
      outputMode.nullable(),
      'Mode of what is published now; null where nothing is.',
      '현재 송출의 출력 모드, 송출 중이 아니면 null.',
    ),
    defaultRtmpOutputMode: said(
      outputMode.nullable(),
      "The key's own output mode; null leaves it to the app.",
      '스트림키 자체의 출력 모드, null이면 앱 설정을 따릅니다.',
    ),
    ...playUrls,
    profile: transcodingProfilePart,
    error: z
      .object({ code: z.string().optional(), message: z.string(), occurredAt: time.optional() })
      .nullable(),
    createdAt: time,
    lastModifiedAt: time,
  })
  .meta({ id: 'StreamKey' });
