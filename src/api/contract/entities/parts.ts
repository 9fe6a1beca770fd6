import { z } from 'zod';
import { OUTPUT_MODES } from '../../../domain/output-mode';
import { said } from '../operation';

/** Fields and parts that several resources share. Times are ISO 8601 in UTC, with milliseconds. */
export const id = z.int().min(1);
export const entityState = said(
  z.enum(['ACTIVE', 'DELETED']),
  'ACTIVE, or DELETED for what was removed.',
  'ACTIVE 또는 삭제된 경우 DELETED.',
);
export const time = z.string().meta({ format: 'date-time', example: '2026-11-21T12:00:00.000Z' });
export const customData = said(
  z.record(z.string(), z.string()),
  'Names to texts of your own; at most 10.',
  '사용자 정의 이름-문자열 쌍, 최대 10개.',
  { color: 'red' },
);
export const outputMode = z.enum(OUTPUT_MODES);

export const appPart = z.object({ id, state: entityState, name: z.string() });

export const memberPart = z.object({
  id,
  state: entityState,
  appUserId: z.string(),
  appUserName: z.string().nullable(),
  appUserProfileImgUrl: z.string().nullable(),
});

/** Where it can be watched. All null where it can not. `playUrl` is the main one of the mode, `liveUrl` its older name. */
export const playUrls = {
  playUrl: z.string().nullable(),
  cmafHlsPlayUrl: z.string().nullable(),
  cmafDashPlayUrl: z.string().nullable(),
  rtmpPlayUrl: z.string().nullable(),
  httpFlvPlayUrl: z.string().nullable(),
  liveUrl: z.string().nullable(),
};
