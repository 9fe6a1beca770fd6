import { fast, type Row } from '../row';

/** What the API publishes about itself. */
export const DOCUMENTS: Row[] = [
  ...fast([
    {
      suite: 'api/contract-fields',
      test: 'VideoRoom has liveUrl, null: true',
      file: 'src/api/contract/entities/parts.ts',
      find: '  liveUrl: z.string().nullable(),',
      replace: '',
      why: 'an answer lacks a field that clients of 2023 read',
    },
    {
      suite: 'api/metrics',
      test: 'shows nothing to others than this machine, where there is no token',
      file: 'src/api/metrics.ts',
      find: 'return forwarded === undefined && LOOPBACK.has(',
      replace: 'return LOOPBACK.has(',
      why: 'a proxy in front publishes the metrics to everybody',
    },
  ]),
  // Not among the fast ones: it takes a browser, and a minute.
  {
    suite: 'api/deep-links',
    test: 'all links to open-api/ko/docs/ffc-app-server open their operation',
    file: 'src/api/contract/operation.ts',
    find: "ko: '비디오룸 관련'",
    replace: "ko: '비디오룸'",
    why: 'links of the original documents lead to the top of the page',
  },
  {
    suite: 'e2e/from-the-document',
    test: 'a program written from the published documents alone broadcasts, and gets its recording',
    file: 'src/api/serializers/video-room.ts',
    find: "room.vod_state !== 'ARCHIVED' || name === null",
    replace: "room.vod_state !== 'ARCHIVING' || name === null",
    dist: true,
    why: 'an archived room shows no recording',
  },
];
