import type { Knex } from 'knex';
import * as core from './20261121000001-core';
import * as roomNode from './20261121000002-room-node';
import * as postRenditions from './20261121000003-post-renditions';
import * as idempotencyScope from './20261121000004-idempotency-scope';
import * as tokens from './20261121000010-tokens';
import * as relations from './20261121000020-relations';
import * as transcodingProfiles from './20261121000021-transcoding-profiles';
import * as secretRotation from './20261121000022-secret-rotation';
import * as allowedMembers from './20261121000030-allowed-members';
import * as roomsOfAllTypes from './20261121000031-rooms-of-all-types';
import * as deletedFiles from './20261121000032-deleted-files';
import * as roomLists from './20261121000033-room-lists';
import * as roomCount from './20261121000034-room-count';
import * as uploads from './20261121000040-uploads';
import * as access from './20261121000050-access';
import * as callbacks from './20261121000060-callbacks';
import * as resentApart from './20261121000061-resent-apart';
import * as purges from './20261121000062-purges';
import * as titleSearch from './20261121000063-title-search';
import * as tellEvents from './20261121000070-tell-events';
import * as channels from './20261121000071-channels';
import * as chatMessageType from './20261121000072-chat-message-type';
import * as corsOrigins from './20261121000080-cors-origins';
import * as roomsToCancel from './20261121000091-rooms-to-cancel';
import * as liveSegments from './20261121000092-live-segments';
import * as defaultProfiles from './20261121000093-default-profiles';
import * as presencesAndLogins from './20261121000094-presences-and-logins';
import * as forcedEnds from './20261121000095-forced-ends';
import * as parkedCallbacks from './20261121000096-parked-callbacks';
import * as messageRecipients from './20261121000097-message-recipients';
import * as madeByKey from './20261121000098-made-by-key';

interface NamedMigration extends Knex.Migration {
  name: string;
}

/** All migrations in order. Names are what the database remembers: never rename one that was released. */
const MIGRATIONS: readonly NamedMigration[] = [
  { name: '20261121000001-core', ...core },
  { name: '20261121000002-room-node', ...roomNode },
  { name: '20261121000003-post-renditions', ...postRenditions },
  { name: '20261121000004-idempotency-scope', ...idempotencyScope },
  { name: '20261121000010-tokens', ...tokens },
  { name: '20261121000020-relations', ...relations },
  { name: '20261121000021-transcoding-profiles', ...transcodingProfiles },
  { name: '20261121000022-secret-rotation', ...secretRotation },
  { name: '20261121000030-allowed-members', ...allowedMembers },
  { name: '20261121000031-rooms-of-all-types', ...roomsOfAllTypes },
  { name: '20261121000032-deleted-files', ...deletedFiles },
  { name: '20261121000033-room-lists', ...roomLists },
  { name: '20261121000034-room-count', ...roomCount },
  { name: '20261121000040-uploads', ...uploads },
  { name: '20261121000060-callbacks', ...callbacks },
  { name: '20261121000070-tell-events', ...tellEvents },
  { name: '20261121000071-channels', ...channels },
  { name: '20261121000072-chat-message-type', ...chatMessageType },
  // Behind everything that it looks at.
  { name: '20261121000050-access', ...access },
  { name: '20261121000080-cors-origins', ...corsOrigins },
  { name: '20261121000091-rooms-to-cancel', ...roomsToCancel },
  { name: '20261121000092-live-segments', ...liveSegments },
  { name: '20261121000093-default-profiles', ...defaultProfiles },
  { name: '20261121000061-resent-apart', ...resentApart },
  { name: '20261121000062-purges', ...purges },
  { name: '20261121000063-title-search', ...titleSearch },
  { name: '20261121000094-presences-and-logins', ...presencesAndLogins },
  { name: '20261121000095-forced-ends', ...forcedEnds },
  { name: '20261121000096-parked-callbacks', ...parkedCallbacks },
  { name: '20261121000097-message-recipients', ...messageRecipients },
  { name: '20261121000098-made-by-key', ...madeByKey },
];

/** Listed by hand rather than found by file name, so that the same list runs compiled (.js) and in tests (.ts). */
export class MigrationList implements Knex.MigrationSource<NamedMigration> {
  getMigrations = (): Promise<NamedMigration[]> => Promise.resolve([...MIGRATIONS]);
  getMigrationName = (migration: NamedMigration): string => migration.name;
  getMigration = (migration: NamedMigration): Promise<Knex.Migration> => Promise.resolve(migration);
}
