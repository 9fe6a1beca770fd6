import { transcodingProfilesQuery } from '../schemas/transcoding-profile';
import { pageOf } from './entities/page';
import { transcodingProfile } from './entities/transcoding-profile';
import { operation } from './operation';

/** Transcoding profiles: the system's, and those that the operator made for the app. */
export const transcodingProfilesContract = {
  listTranscodingProfiles: operation({
    id: 'AppsServerApiTranscodingProfilesController_listTranscodingProfiles',
    tag: 'transcodingProfiles',
    method: 'get',
    path: '/transcoding-profiles',
    summary: { en: 'List transcoding profiles', ko: '트랜스코딩 프로파일 목록 조회' },
    query: transcodingProfilesQuery,
    answer: { status: 200, schema: pageOf(transcodingProfile) },
    errors: [],
  }),
  getTranscodingProfile: operation({
    id: 'AppsServerApiTranscodingProfilesController_getTranscodingProfile',
    tag: 'transcodingProfiles',
    method: 'get',
    path: '/transcoding-profiles/{profileId}',
    summary: { en: 'Get a transcoding profile', ko: '트랜스코딩 프로파일 조회' },
    parameters: { profileId: { en: "The profile's id.", ko: '프로파일 ID.' } },
    answer: { status: 200, schema: transcodingProfile },
    errors: ['VIDEO_TRANSCODING_PROFILE_NOT_FOUND'],
  }),
} as const;
