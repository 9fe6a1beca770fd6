import { z } from 'zod';
import { OUTPUT_MODES } from '../../../domain/output-mode';
import { STREAM_KEY_STATES } from '../../../domain/stream-key/machine';
import { ROOM_STATES, VOD_STATES } from '../../../domain/video-room/machine';
import { ROOM_TYPES } from '../../../domain/video-room/types';
import { appPart, customData, entityState, id, memberPart, playUrls, time } from './parts';

const channelPart = z.object({ id, state: entityState, channelState: z.string(), name: z.string() });

const chatPart = z.object({
  videoKey: z.string(),
  channelKey: z.string(),
  createdAt: time.nullable(),
  closedAt: time.nullable(),
  created: z.boolean(),
  closed: z.boolean(),
});

const postPart = z.object({
  id,
  state: entityState,
  videoPostState: z.string(),
  type: z.string(),
  title: z.string(),
});

export const videoRoom = z
  .object({
    id,
    state: entityState,
    uuid: z.uuid(),
    type: z.enum(ROOM_TYPES),
    protocol: z.enum(['RTMP', 'WEB_RTC']),
    videoRoomState: z.enum(ROOM_STATES),
    forciblyTerminated: z.boolean(),
    vodState: z.enum(VOD_STATES),
    vodUrl: z.string().nullable(),
    accessLevel: z.string(),
    format: z.enum(['UNDEFINED', ...OUTPUT_MODES]),
    app: appPart,
    member: z.object({ ...memberPart.shape, customType: z.string().nullable() }),
    channel: channelPart,
    creatorType: z.enum(['USER', 'APP', 'MEMBER']),
    creatorId: id,
    title: z.string(),
    description: z.string().nullable(),
    customType: z.string().nullable(),
    customData: customData.nullable(),
    policy: z.object({
      hasPassword: z.boolean(),
      manuallyApproval: z.boolean(),
      canAutoRoomCompositeRecording: z.boolean(),
    }),
    reconnectWindow: z.int().nullable(),
    scheduledAt: time.nullable(),
    cancelledAt: time.nullable(),
    lastSessionNo: z.int().min(0),
    liveStartedAt: time.nullable(),
    liveEndedAt: time.nullable(),
    vodArchivedAt: time.nullable(),
    streamKey: z.object({ id, state: entityState, streamKeyState: z.enum(STREAM_KEY_STATES) }).nullable(),
    ...playUrls,
    videoPostId: id.nullable(),
    videoPost: postPart.nullable(),
    chat: chatPart,
    stats: z.object({ totalMemberWhitelistCount: z.int().min(0) }),
    createdAt: time,
    lastModifiedAt: time,
    createdBy: z.null(),
    lastModifiedBy: z.null(),
  })
  .meta({ id: 'VideoRoom' });
