import type { z } from 'zod';
import { member } from '../../src/api/contract/entities/member';
import { pageOf } from '../../src/api/contract/entities/page';
import { streamKey } from '../../src/api/contract/entities/stream-key';
import { transcodingProfile } from '../../src/api/contract/entities/transcoding-profile';
import { videoPost } from '../../src/api/contract/entities/video-post';
import { videoRoom } from '../../src/api/contract/entities/video-room';

/**
 * The fields of FlipFlop's resources as its documents and clients have them, written down by hand: since one schema both checks
 * and documents our answers, a mistake in it would be published as well. "?" may be null; all others are never null.
 */
const FIELDS: Record<string, { schema: z.ZodType; fields: string }> = {
  Member: {
    schema: member,
    fields: `id state app.id app.state app.name appUserId appUserName? appUserProfileImgUrl? email? customType?
      customData? createdAt lastModifiedAt`,
  },
  StreamKey: {
    schema: streamKey,
    fields: `id state streamKeyState forciblyTerminated app.id app.state app.name app.defaultRtmpOutputMode
      member.id member.state member.appUserId member.appUserName? member.appUserProfileImgUrl?
      videoRoom? videoRoom.id videoRoom.state videoRoom.videoRoomState videoRoom.type videoRoom.title
      ingestUrl streamKey mode? playUrl? cmafHlsPlayUrl? cmafDashPlayUrl? rtmpPlayUrl? httpFlvPlayUrl? liveUrl?
      profile.id profile.state profile.type profile.name profile.profile profile.revision
      error? error.message createdAt lastModifiedAt`,
  },
  VideoRoom: {
    schema: videoRoom,
    fields: `id state uuid type protocol videoRoomState forciblyTerminated vodState vodUrl? accessLevel format
      app.id app.state app.name
      member.id member.state member.appUserId member.appUserName? member.appUserProfileImgUrl? member.customType?
      channel.id channel.state channel.channelState channel.name creatorType creatorId title description?
      customType? customData? policy.hasPassword policy.manuallyApproval policy.canAutoRoomCompositeRecording
      scheduledAt? cancelledAt? lastSessionNo liveStartedAt? liveEndedAt? vodArchivedAt?
      streamKey? streamKey.id streamKey.state streamKey.streamKeyState
      playUrl? cmafHlsPlayUrl? cmafDashPlayUrl? rtmpPlayUrl? httpFlvPlayUrl? liveUrl?
      videoPostId? videoPost? videoPost.id videoPost.state videoPost.videoPostState videoPost.type videoPost.title
      chat.videoKey chat.channelKey chat.createdAt? chat.closedAt? chat.created chat.closed
      stats.totalMemberWhitelistCount createdAt lastModifiedAt createdBy? lastModifiedBy?`,
  },
  TranscodingProfile: {
    schema: transcodingProfile,
    fields: `id state type creatorType representativeType app? name description profile revision createdAt
      lastModifiedAt`,
  },
  VideoPost: {
    schema: videoPost,
    fields: `id state videoPostState type accessLevel app.id app.state app.name
      member.id member.state member.appUserId member.appUserName? member.appUserProfileImgUrl?
      creatorType creatorId videoRoom? videoRoom.id title description?
      transcodingProfile.video? transcodingProfile.preview? transcodingProfile.thumbnail?
      transcodingProfile.video.id transcodingProfile.video.state transcodingProfile.video.type
      transcodingProfile.video.name
      file.src? file.processed file.processedSummaries file.preview? file.thumbnail?
      file.src.id file.src.state file.src.type file.src.contentType file.src.size file.src.originalFileName
      file.src.url file.src.drm.isProtected file.src.drm.contentId?
      file.processedSummaries[].format file.processedSummaries[].url file.processedSummaries[].masterPlaylistFileId?
      file.processedSummaries[].masterPlaylistFileIds file.processedSummaries[].mediaSegmentFileIds
      customData? stats.totalMemberWhitelistCount uploadedAt? uploadFailedAt? createdAt lastModifiedAt`,
  },
  Page: {
    schema: pageOf(member),
    fields: `content totalPages totalElements numberOfElements number size first last empty
      pageable.offset pageable.pageNumber pageable.pageSize pageable.paged pageable.unpaged
      pageable.sort.empty pageable.sort.sorted pageable.sort.unsorted sort.empty sort.sorted sort.unsorted`,
  },
};

interface Definition {
  type: string;
  innerType?: z.ZodType;
  element?: z.ZodType;
  shape?: Record<string, z.ZodType>;
}
const definitionOf = (schema: z.ZodType): Definition => schema._zod.def as unknown as Definition;

/** Without what only says that it may be null or left out. */
function bare(schema: z.ZodType): z.ZodType {
  const { type, innerType } = definitionOf(schema);
  return ['nullable', 'optional'].includes(type) && innerType ? bare(innerType) : schema;
}

function fieldAt(schema: z.ZodType, path: string): z.ZodType | undefined {
  return path.split('.').reduce<z.ZodType | undefined>((at, step) => {
    if (!at) return undefined;
    const field = definitionOf(bare(at)).shape?.[step.replace('[]', '')];
    return field && step.endsWith('[]') ? definitionOf(bare(field)).element : field;
  }, schema);
}

const ROWS = Object.entries(FIELDS).flatMap(([name, { schema, fields }]) =>
  fields
    .split(/\s+/)
    .map((field) => ({ name, schema, path: field.replace('?', ''), nullable: field.endsWith('?') })),
);

test.each(ROWS)('$name has $path, null: $nullable', ({ schema, path, nullable }) => {
  const field = fieldAt(schema, path);
  expect(field).toBeDefined();
  expect({ nullable: field!.safeParse(null).success, optional: field!.safeParse(undefined).success }).toEqual(
    {
      nullable,
      optional: false,
    },
  );
});
