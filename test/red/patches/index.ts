import type { Row } from '../row';
import { API } from './api';
import { ARCHIVE } from './archive';
import { DOMAIN } from './domain';
import { INGEST } from './ingest';
import { MEDIA } from './media';
import { STORE } from './store';

export const ROWS: readonly Row[] = [...DOMAIN, ...STORE, ...API, ...INGEST, ...MEDIA, ...ARCHIVE];
