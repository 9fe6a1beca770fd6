/** FlipFlop's room types of all its generations (api/flipflop-api.md section 2). */
export const ROOM_TYPES = [
  'BROADCAST_RTMP',
  'VIDEO_CONFERENCE',
  'WEBINAR',
  'VIDEO_SURVEILLANCE',
  'BROADCAST_WEBRTC',
  'SURVEILLANCE',
  'INTERACTIVE_MEETING',
] as const;
export type RoomType = (typeof ROOM_TYPES)[number];

/** The only type with a stream key, a workflow, and a start and an end. */
export const RTMP_ROOM_TYPE = 'BROADCAST_RTMP' satisfies RoomType;

export const protocolOf = (type: RoomType): 'RTMP' | 'WEB_RTC' =>
  type === RTMP_ROOM_TYPE ? 'RTMP' : 'WEB_RTC';
