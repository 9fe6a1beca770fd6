import { allowedMembersContract as allowed } from '../../../src/api/contract/allowed-members';
import { meContract as me } from '../../../src/api/contract/me';
import { membersContract as members } from '../../../src/api/contract/members';
import { relationsContract as relations } from '../../../src/api/contract/relations';
import {
  appTokensContract as logins,
  memberTokensContract as refresh,
} from '../../../src/api/contract/tokens';
import { transcodingProfilesContract as profiles } from '../../../src/api/contract/transcoding-profiles';
import { videoPostsContract as posts } from '../../../src/api/contract/video-posts';
import { videoRoomsContract as rooms } from '../../../src/api/contract/video-rooms';
import type { World } from './world';

/** Members: registered, changed, deleted, logged in; what ties them to each other, and to what they may watch. */
export async function people(world: World): Promise<void> {
  const { app } = await world.tenant();
  for (const appUserId of ['ann', 'bob'])
    await app.ok(members.upsertMember, { body: { appUserId, customData: { team: 'red' } } });
  await app.ok(members.listMembers, { query: { pageSize: '1', sortBy: 'APP_USER_ID_ASC' } });
  const ann = { appUserId: 'ann' };
  await app.ok(members.getMember, { path: ann });
  await app.ok(members.updateMember, { path: ann, body: { appUserName: 'Ann' } });
  await app.ok(members.getMemberStreamKey, { path: ann });
  await app.ok(members.forceTerminateMemberStreamKey, { path: ann });
  await app.ok(profiles.listTranscodingProfiles);
  await app.ok(profiles.getTranscodingProfile, { path: { profileId: 7 } });
  await Promise.all([ties(world), tokens(world), keyless(world)]);
  await app.ok(members.deleteMember, { path: { appUserId: 'ann,bob' } });
}

/** A guest owns no key and no room. */
async function keyless(world: World): Promise<void> {
  const { app } = await world.tenant();
  const { member } = await app.ok(logins.loginAsGuest);
  const path = { appUserId: member.appUserId };
  await app.says('STREAM_KEY_NOT_FOUND', members.getMemberStreamKey, { path });
  await app.says('STREAM_KEY_NOT_FOUND', members.forceTerminateMemberStreamKey, { path });
  const body = { ...path, type: 'BROADCAST_RTMP', scheduledAt: '2027-01-01T00:00:00Z' };
  await app.says('MEMBER_IS_GUEST', rooms.createVideoRoom, { body });
}

async function ties(world: World): Promise<void> {
  const { app } = await world.tenant();
  for (const appUserId of ['ann', 'bob']) await app.ok(members.upsertMember, { body: { appUserId } });
  const path = { appUserId: 'ann', targetAppUserId: 'bob' };
  const self = { appUserId: 'ann', targetAppUserId: 'ann' };
  await app.says('RELATION_NOT_FOUND', relations.getFollowing, { path });
  for (const put of [relations.putFollowing, relations.putFriend]) {
    await app.says('RELATION_TO_ONESELF', put, { path: self });
    await app.ok(put, { path });
  }
  await app.ok(relations.getFollowing, { path });
  for (const list of ['listFollowings', 'listFollowers', 'listFriends', 'listFriendRequests'] as const)
    await app.ok(relations[list], { path });
  await app.ok(relations.deleteFollowing, { path });
  await app.ok(relations.deleteFriend, { path });

  const room = await app.ok(rooms.createVideoRoom, { body: { appUserId: 'ann', type: 'VIDEO_CONFERENCE' } });
  const post = await app.ok(posts.createVideoPost, { body: { appUserId: 'ann' } });
  for (const [kind, owner] of [
    ['Room', { videoRoomId: room.id as number }],
    ['Post', { videoPostId: post.id as number }],
  ] as const) {
    const allow = allowed[`allowIn${kind}`];
    const disallow = allowed[`disallowIn${kind}`];
    await app.ok(allow, { path: { ...owner, appUserId: 'bob' } });
    await app.ok(allowed[`listAllowedIn${kind}`], { path: owner });
    await app.ok(disallow, { path: { ...owner, appUserId: 'bob' } });
    for (const it of [allow, disallow])
      await app.says('MEMBER_NOT_FOUND', it, { path: { ...owner, appUserId: 'nobody' } });
  }
}

async function tokens(world: World): Promise<void> {
  const { app, member } = await world.tenant();
  await app.ok(logins.createStreamingToken);
  const ann = await member('ann');
  await ann.ok(me.getMe);
  await ann.ok(me.getMyStreamKey);
  const login = await app.ok(logins.loginMember, { body: { appUserId: 'bob' } });
  const body = { refreshToken: login.refreshToken };
  await world.nobody.ok(refresh.refreshTokens, { body });
  await world
    .knex('refresh_families')
    .where({ member_id: login.member.id })
    .update({ expires_at: new Date(0) });
  await world.nobody.says('EXPIRED_REFRESH_TOKEN', refresh.refreshTokens, { body });
  await app.ok(logins.revokeMemberTokens, { path: { appUserId: 'bob' } });
  const { accessToken } = await app.ok(logins.loginAsGuest);
  await world.as(`Bearer ${accessToken}`).says('MEMBER_IS_GUEST', me.getMyStreamKey);
}
