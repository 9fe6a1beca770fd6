/** Why an ingest session ended. Exactly one per session; the first one told wins. */
export const SESSION_END_REASONS = [
  'client_closed', // the encoder said goodbye (FCUnpublish, deleteStream, closeStream) or closed its socket cleanly
  'connection_lost', // reset, timed out or cut by the network
  'stalled', // no byte received for 10 s
  'no_media', // published, and sent no media within 10 s
  'not_viewable', // no output could be played 20 s after the publish
  'protocol_error', // broke RTMP or one of our limits
  'forced_end', // the stream key was force-terminated
  'taken_over', // a newer publisher with the same key replaced a silent one
  'shutdown', // the media node was stopped in order
  'media_lost', // the media node died, and its session with it
] as const;
export type SessionEndReason = (typeof SESSION_END_REASONS)[number];
