import { fast } from '../row';

/** What the API publishes about itself. */
export const DOCUMENTS = fast([
  {
    suite: 'api/contract-fields',
    test: 'VideoRoom has liveUrl, null: true',
    file: 'src/api/contract/entities/parts.ts',
    find: '  liveUrl: z.string().nullable(),',
    replace: '',
    why: 'an answer lacks a field that clients of 2023 read',
  },
]);
