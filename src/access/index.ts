export type { MediaPresence } from './gate';
export { createAccess, type Access, type AccessOptions } from './create-access';
