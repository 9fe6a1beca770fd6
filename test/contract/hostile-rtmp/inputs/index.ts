import type { HostileInput } from '../target';
import { CHUNKING } from './chunking';
import { COMMANDS } from './commands';
import { HANDSHAKE } from './handshake';
import { HTTP } from './http';
import { MEDIA } from './media';
import { NAMES } from './names';
import { ROLES } from './roles';
import { VOLUME } from './volume';

/**
 * What ended, blocked or misled node-media-server 4.4.3 or 2.7.4 when it was measured, plus the failures of its roles and
 * its life cycle that were found beside: 59.
 */
export const HOSTILE_INPUTS: readonly HostileInput[] = [
  ...HANDSHAKE,
  ...CHUNKING,
  ...COMMANDS,
  ...MEDIA,
  ...ROLES,
  ...NAMES,
  ...HTTP,
  ...VOLUME,
];
