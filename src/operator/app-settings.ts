import type { Knex } from 'knex';
import { parseCallbackUrl } from '../callbacks/callback-url';
import { CALLBACK_TYPES } from '../domain/callbacks';
import { OUTPUT_MODES } from '../domain/output-mode';
import type { ProfileType } from '../domain/transcoding-profile';
import type { AppRow } from '../store/apps';
import { callbackIdColumn, callbackPasswordColumn, type CallbackColumns } from '../store/callback-settings';
import { findTranscodingProfile } from '../store/transcoding-profiles';
import type { Vault } from '../store/vault';
import { OperatorError } from './operator-error';

/** How "not set" is written. */
export const NONE = 'none';
/** The value that stands for the first line of standard input: arguments are seen by every account of the machine. */
export const FROM_INPUT = '-';

/** A broadcast that is away for a day is over. */
const MAX_RECONNECT_WINDOW_SECONDS = 24 * 60 * 60;
/** As the database holds it (migration 10). */
const STREAMING_TOKEN_SECONDS = { least: 60, most: 7 * 24 * 60 * 60 };

type SettableApp = AppRow & CallbackColumns;
export interface SettingContext {
  knex: Knex;
  vault: Vault;
  appId: number;
}
type Columns = Record<string, unknown>;

/** One setting of an app: what it takes, the columns that hold it, and how it is shown. Throws OperatorError for what it does not take. */
export interface AppSetting {
  takes: string;
  /** Given by standard input, and never shown. */
  isSecret?: true;
  columns(value: string, context: SettingContext): Columns | Promise<Columns>;
  shown(app: SettableApp): string;
}

const refuse = (takes: string): never => {
  throw new OperatorError(`takes ${takes}`);
};

function wholeNumber(value: string, least: number, most: number, takes: string): number {
  const number = /^[0-9]{1,9}$/.test(value) ? Number(value) : NaN;
  return number >= least && number <= most ? number : refuse(takes);
}

function listOf(value: string, isTaken: (item: string) => boolean, takes: string): string[] | null {
  if (value === NONE) return null;
  const items = [...new Set(value.split(',').map((item) => item.trim()))];
  return items.every(isTaken) ? items : refuse(takes);
}

const orNone = (value: unknown): string => (value === null || value === undefined ? NONE : String(value));
const listOrNone = (value: string[] | null): string => value?.join(',') ?? NONE;
const unlessNone = (value: string): string | null => (value === NONE ? null : value);

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

type ProfileColumn = Extract<keyof AppRow, `default_${string}profile_id`>;

/** Which profile counts for what chose none. */
const profileSetting = (type: ProfileType, column: ProfileColumn): AppSetting => ({
  takes: `the id of a ${type} profile, or none`,
  async columns(value, { knex, appId }) {
    const takes = `the id of a ${type} profile of the system or of this app, or none`;
    if (value === NONE) return { [column]: null };
    const id = wholeNumber(value, 1, 999_999_999, takes);
    const profile = await findTranscodingProfile(knex, appId, id);
    return profile?.type === type ? { [column]: id } : refuse(takes);
  },
  shown: (app) => orNone(app[column]),
});

const setting = (it: AppSetting): AppSetting => it;
const fromTo = (least: number, most: number) => `whole seconds from ${least} to ${most}`;

/** Everything that an operator can set of an app. Each takes effect at once: roles read an app's row anew for each use. */
export const APP_SETTINGS: Readonly<Record<string, AppSetting>> = {
  'default-output-mode': setting({
    takes: OUTPUT_MODES.join(', '),
    columns: (value) =>
      OUTPUT_MODES.some((mode) => mode === value)
        ? { default_rtmp_output_mode: value }
        : refuse(OUTPUT_MODES.join(', ')),
    shown: (app) => app.default_rtmp_output_mode,
  }),
  'default-profile': profileSetting('BROADCAST_RTMP', 'default_profile_id'),
  'default-video-profile': profileSetting('VIDEO', 'default_video_profile_id'),
  'default-thumbnail-profile': profileSetting('THUMBNAIL', 'default_thumbnail_profile_id'),
  'default-preview-profile': profileSetting('PREVIEW', 'default_preview_profile_id'),
  'reconnect-window': setting({
    takes: `${fromTo(1, MAX_RECONNECT_WINDOW_SECONDS)}, or none`,
    columns(value) {
      if (value === NONE) return { reconnect_window_seconds: null };
      const seconds = wholeNumber(value, 1, MAX_RECONNECT_WINDOW_SECONDS, `${this.takes}`);
      return { reconnect_window_seconds: seconds };
    },
    shown: (app) => orNone(app.reconnect_window_seconds),
  }),
  'members-may-create-rooms': setting({
    takes: 'yes or no',
    columns: (value) =>
      value === 'yes' || value === 'no' ? { members_may_create_rooms: value === 'yes' } : refuse('yes or no'),
    shown: (app) => (app.members_may_create_rooms ? 'yes' : 'no'),
  }),
  'access-levels': setting({
    takes: 'enforced, or original (all plays as PUBLIC, for those who move over)',
    columns(value) {
      if (value !== 'enforced' && value !== 'original') return refuse(this.takes);
      return { access_levels: value };
    },
    shown: (app) => app.access_levels,
  }),
  'cors-origins': setting({
    takes: 'origins such as https://example.com, separated by commas, or none for any',
    columns(value) {
      const origins = listOf(value, isOrigin, this.takes);
      return { cors_origins: origins === null ? null : JSON.stringify(origins) };
    },
    shown: (app) => listOrNone(app.cors_origins),
  }),
  'streaming-token-seconds': setting({
    takes: fromTo(STREAMING_TOKEN_SECONDS.least, STREAMING_TOKEN_SECONDS.most),
    columns(value) {
      const { least, most } = STREAMING_TOKEN_SECONDS;
      return { streaming_token_seconds: wholeNumber(value, least, most, this.takes) };
    },
    shown: (app) => String(app.streaming_token_seconds),
  }),
  'callback-url': setting({
    takes: 'an http or https address, or none',
    columns: (value) => ({ callback_url: value === NONE ? null : parseCallbackUrl(value).href }),
    shown: (app) => orNone(app.callback_url),
  }),
  'callback-id': setting({
    takes: 'the user name of the receiver, or none',
    columns: (value) => ({ callback_id: callbackIdColumn(unlessNone(value)) }),
    shown: (app) => orNone(app.callback_id),
  }),
  'callback-password': setting({
    takes: `${FROM_INPUT} for the first line of standard input, or none`,
    isSecret: true,
    columns: (value, { vault, appId }) => ({
      callback_password_ciphertext: callbackPasswordColumn(vault, appId, unlessNone(value)),
    }),
    shown: (app) => (app.callback_password_ciphertext === null ? NONE : 'set (not shown)'),
  }),
  'callback-types': setting({
    takes: 'event types such as VIDEO_ROOM_LIVE, separated by commas, or none for all',
    columns(value) {
      return { callback_types: listOf(value, (type) => CALLBACK_TYPES.includes(type), this.takes) };
    },
    shown: (app) => listOrNone(app.callback_types),
  }),
};
