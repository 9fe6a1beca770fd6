import type { Row } from '../row';
import { API } from './api';
import { ARCHIVE } from './archive';
import { BENCH } from './bench';
import { CALLBACKS } from './callbacks';
import { DOCUMENTS } from './documents';
import { DOMAIN } from './domain';
import { INGEST } from './ingest';
import { MEDIA } from './media';
import { MEMBER_EVENTS } from './member-events';
import { PLATFORM } from './platform';
import { PRODUCTION } from './production';
import { STORE } from './store';
import { WHOLE } from './whole';
import { WORKFLOWS } from './workflows';

export const ROWS: readonly Row[] = [
  ...DOMAIN,
  ...STORE,
  ...API,
  ...DOCUMENTS,
  ...CALLBACKS,
  ...MEMBER_EVENTS,
  ...INGEST,
  ...MEDIA,
  ...ARCHIVE,
  ...PLATFORM,
  ...PRODUCTION,
  ...WORKFLOWS,
  ...WHOLE,
  ...BENCH,
];
