/** What nobody means well with, as the value of a field of a body. */
export const FIELD_VALUES: readonly unknown[] = [
  null,
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  '',
  'a\0b',
  'x'.repeat(70_000),
  '9'.repeat(400),
  '\ud800',
  true,
  [],
  [[[]]],
  { 'a\0': 'b' },
  { __proto__: null, constructor: { prototype: 1 } },
  'tomorrow',
  '2026-02-30T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59+14:00',
];

/** The same in a query, as it stands there. */
export const QUERY_VALUES: readonly string[] = [
  '',
  '-1',
  '0',
  '1.5',
  '1e400',
  '99999999999999999999',
  '%00',
  'a%00b',
  '%ED%A0%80',
  '%25_%5C',
  'x'.repeat(2_000),
  "'%20or%201=1--",
];

/** In the place of an id or a name in the path. */
export const PATH_VALUES: readonly string[] = [
  '0',
  '-1',
  '1.5',
  '1e3',
  'abc',
  '999999999999999',
  '9007199254740993',
  '99999999999999999999',
  '%00',
  'a%00b',
  '%F0%9F%92%A9',
  "1'--",
  '..%2F..%2Fetc',
  'x'.repeat(3_000),
];

/** Bodies that are no JSON object. */
export const BROKEN_BODIES: readonly string[] = ['{', '[1', '"x"', '1', 'null', '\0', '{"a":1}}', 'a=b'];
