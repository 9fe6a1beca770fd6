import { z } from 'zod';
import { ACCESS_LEVELS } from '../../domain/access';
import type { ErrorCode } from '../../domain/errors';

/** Room for any title that is shown in a list. */
const MAX_TITLE_CHARACTERS = 255;
const MAX_DESCRIPTION_CHARACTERS = 5_000;
/** Browsers and CDNs take no longer URLs. */
const MAX_URL_CHARACTERS = 2_048;
/** The longest address that mail allows. */
const MAX_EMAIL_CHARACTERS = 254;
/** FlipFlop's limits (api/flipflop-api.md section 1.1). */
const MAX_CUSTOM_TYPE_CHARACTERS = 50;
const MAX_CUSTOM_DATA_ITEMS = 10;
const MAX_CUSTOM_DATA_NAME_CHARACTERS = 50;
const MAX_CUSTOM_DATA_VALUE_CHARACTERS = 50;

const code = (name: ErrorCode): ErrorCode => name;
/** FlipFlop has a code of its own for a field that is not there; null and an empty text count as that. */
export const isMissing = (value: unknown): boolean => value === undefined || value === null || value === '';

/** Postgres takes neither: the character NUL, and half of a surrogate pair. */
const NOT_STORABLE = /\0|\p{Surrogate}/u;
export const isStorableText = (text: string): boolean => !NOT_STORABLE.test(text);
export const NOT_STORABLE_MESSAGE = 'takes no NUL character and no half of a character';

export const text = (maxCharacters: number) =>
  z
    .string(`takes a text of at most ${maxCharacters} characters`)
    .max(maxCharacters, `takes at most ${maxCharacters} characters`)
    .refine(isStorableText, NOT_STORABLE_MESSAGE);

/** A member's id in the app's own words. `missing` is the code where there is none. */
export const appUserId = (missing: ErrorCode) =>
  z
    .string({ error: (issue) => (isMissing(issue.input) ? missing : code('INVALID_APP_USER_ID_FORMAT')) })
    .min(1, missing)
    .regex(/^[A-Za-z0-9_-]{1,64}$/, code('INVALID_APP_USER_ID_FORMAT'));

export const accessLevel = z.enum(ACCESS_LEVELS, `takes ${ACCESS_LEVELS.join(', ')}`);
export const title = text(MAX_TITLE_CHARACTERS);
export const description = text(MAX_DESCRIPTION_CHARACTERS);
export const url = text(MAX_URL_CHARACTERS);
export const email = text(MAX_EMAIL_CHARACTERS);
export const personName = text(MAX_TITLE_CHARACTERS);

export const customType = z
  .string('takes a text')
  .max(MAX_CUSTOM_TYPE_CHARACTERS, code('CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED'))
  .refine(isStorableText, NOT_STORABLE_MESSAGE);

function customDataProblem(entries: [string, unknown][]): string | null {
  if (entries.length > MAX_CUSTOM_DATA_ITEMS) return code('CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED');
  for (const [name, value] of entries) {
    if (name.length > MAX_CUSTOM_DATA_NAME_CHARACTERS)
      return code('CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED');
    if (typeof value !== 'string') return 'takes texts as values';
    if (value.length > MAX_CUSTOM_DATA_VALUE_CHARACTERS)
      return code('CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED');
    if (!isStorableText(name) || !isStorableText(value)) return NOT_STORABLE_MESSAGE;
  }
  return null;
}

/** Names to texts. Values are texts only, since FlipFlop's iOS client decodes nothing else. */
export const customData = z
  .custom<Record<string, string>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'takes an object of texts',
  )
  .superRefine((value, context) => {
    const problem = customDataProblem(Object.entries(value));
    if (problem) context.addIssue({ code: 'custom', message: problem });
  })
  // What the check by hand means, for the documents.
  .meta({ type: 'object', additionalProperties: { type: 'string' }, maxProperties: MAX_CUSTOM_DATA_ITEMS });

/** ISO 8601 has four digits for a year. */
const LAST_YEAR = 9_999;
const ISO_WITH_ZONE = /(Z|[+-]\d\d:?\d\d)$/i;

/** ISO 8601 also allows what the strict check does not: no seconds, and an offset without a colon. */
const normalised = (value: string): string =>
  value
    .replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d)(?=Z|[+-]|$)/i, '$1:00')
    .replace(/(T.*[+-]\d\d)(\d\d)$/i, '$1:$2');

/** ISO 8601 with an offset, or UTC where there is none. */
export const isoTime = (missing: ErrorCode) =>
  z
    .string({ error: (issue) => (isMissing(issue.input) ? missing : 'takes an ISO 8601 time') })
    .min(1, missing)
    .transform(normalised)
    .pipe(z.iso.datetime({ offset: true, local: true, error: 'takes an ISO 8601 time' }))
    .transform((value) => new Date(ISO_WITH_ZONE.test(value) ? value : `${value}Z`))
    // An offset can lead beyond the year 9999, which clients could not read back.
    .refine((time) => time.getUTCFullYear() <= LAST_YEAR, 'takes an ISO 8601 time')
    .meta({ format: 'date-time' });
