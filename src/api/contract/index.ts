import { allowedMembersContract } from './allowed-members';
import { callbacksContract } from './callbacks';
import { meContract } from './me';
import { channelsContract } from './channels';
import { chatContract } from './chat';
import { eventsContract } from './events';
import { membersContract } from './members';
import { myRoomsContract } from './my-rooms';
import type { Contract, Text } from './operation';
import { relationsContract } from './relations';
import { streamKeysContract } from './stream-keys';
import { appTokensContract, memberTokensContract } from './tokens';
import { transcodingProfilesContract } from './transcoding-profiles';
import { videoPostsContract } from './video-posts';
import { videoRoomsContract } from './video-rooms';

/** One published API: an OpenAPI document of its own. */
export interface PublishedApi {
  /** As it stands in the document's address. */
  name: 'ffc-app-server' | 'ffc-members';
  prefix: '/v2/apps/me' | '/v2/members/me';
  title: Text;
  contracts: readonly Contract[];
}

export const SERVER_API: PublishedApi = {
  name: 'ffc-app-server',
  prefix: '/v2/apps/me',
  title: { en: 'Server API', ko: '앱 서버 API' },
  contracts: [
    membersContract,
    appTokensContract,
    relationsContract,
    streamKeysContract,
    transcodingProfilesContract,
    videoRoomsContract,
    videoPostsContract,
    allowedMembersContract,
    callbacksContract,
    chatContract,
  ],
};

export const MEMBER_API: PublishedApi = {
  name: 'ffc-members',
  prefix: '/v2/members/me',
  title: { en: 'Member API', ko: '멤버 API' },
  contracts: [meContract, memberTokensContract, myRoomsContract, channelsContract, eventsContract],
};
