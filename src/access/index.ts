export { ChannelEvictions } from './channel-evictions';
export type { MediaPresence } from './gate';
export { ACCESS_CHANNEL, createAccess, type Access, type AccessOptions } from './create-access';
