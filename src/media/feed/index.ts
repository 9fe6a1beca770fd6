export { BroadcastFeed } from './broadcast-feed';
export { encodedTag } from './encoded-tag';
export type { FeedOptions } from './fan-out';
export { GopCache } from './gop-cache';
export { DEFAULT_FEED_LIMITS, type FeedLimits } from './limits';
export { SessionFeed, type FeedTap } from './session-feed';
