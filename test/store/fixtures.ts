import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { TransitionRecord } from '../../src/activities/types';
import { createApp } from '../../src/store/apps';
import { upsertMember } from '../../src/store/members';
import { findStreamKeyOfMember } from '../../src/store/stream-keys';
import { Vault } from '../../src/store/vault';
import { createScheduledRoom } from '../../src/store/video-rooms';

export const newVault = (): Vault => new Vault(randomBytes(32));

export interface Owner {
  appId: number;
  apiKey: string;
  apiSecret: string;
  memberId: number;
  appUserId: string;
  streamKeyId: number;
  /** The secret itself. */
  streamKey: string;
}

/** An app with one member and its stream key. */
export async function newOwner(knex: Knex, vault: Vault, appUserId = 'alice'): Promise<Owner> {
  const app = await createApp(knex, vault, { name: 'Test app' });
  return {
    appId: app.id,
    apiKey: app.apiKey,
    apiSecret: app.apiSecret,
    ...(await newMember(knex, vault, app.id, appUserId)),
  };
}

export async function newMember(knex: Knex, vault: Vault, appId: number, appUserId: string) {
  const member = await upsertMember(knex, vault, appId, appUserId, {});
  const key = await findStreamKeyOfMember(knex, appId, member.id);
  if (!key) throw new Error('the member has no stream key');
  return {
    memberId: member.id,
    appUserId,
    streamKeyId: key.id,
    streamKey: vault.decryptStreamKey(key.id, key.key_ciphertext),
  };
}

export function newRoom(knex: Knex, owner: Owner, title = 'A show'): Promise<number> {
  return createScheduledRoom(knex, {
    appId: owner.appId,
    memberId: owner.memberId,
    streamKeyId: owner.streamKeyId,
    type: 'BROADCAST_RTMP',
    title,
    description: null,
    accessLevel: 'PUBLIC',
    customType: null,
    customData: null,
    scheduledAt: new Date('2027-01-01T00:00:00Z'),
    reconnectWindowSeconds: null,
  });
}

type RoomTransition = Extract<TransitionRecord, { entity: 'videoRoom' }>;
type KeyTransition = Extract<TransitionRecord, { entity: 'streamKey' }>;

/** SCHEDULED to LIVE as run `run-1` writes it, with anything changed. */
export const roomTransition = (
  owner: Owner,
  roomId: number,
  change: Partial<RoomTransition> = {},
): RoomTransition => ({
  entity: 'videoRoom',
  appId: owner.appId,
  entityId: roomId,
  runId: 'run-1',
  transitionNumber: 1,
  type: 'VIDEO_ROOM_LIVE',
  reason: null,
  sessionId: 'session-1',
  from: 'SCHEDULED',
  to: 'LIVE',
  patch: { liveStartedAt: '2026-11-21T10:00:00.123Z', format: 'RTMP_CMAF' },
  ...change,
});

/** INACTIVE to ACTIVE_PREP as run `run-1` writes it, with anything changed. */
export const keyTransition = (owner: Owner, change: Partial<KeyTransition> = {}): KeyTransition => ({
  entity: 'streamKey',
  appId: owner.appId,
  entityId: owner.streamKeyId,
  runId: 'run-1',
  transitionNumber: 1,
  type: 'STREAM_KEY_ACTIVE_PREP',
  reason: 'published',
  sessionId: 'session-1',
  from: 'INACTIVE',
  to: 'ACTIVE_PREP',
  patch: {
    epoch: 1,
    sessionId: 'session-1',
    sessionNodeId: 'node-1',
    sessionMode: 'RTMP',
  },
  ...change,
});
