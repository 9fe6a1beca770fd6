import {
  DEFAULT_OUTPUT_MODE,
  isOutputMode,
  offersCmaf,
  offersRtmp,
  resolveOutputMode,
} from '../../../src/domain/output-mode';

describe('output mode', () => {
  test.each([
    ['CMAF', 'RTMP', 'RTMP_CMAF', 'CMAF'],
    ['RTMP', 'CMAF', 'CMAF', 'RTMP'],
    ['RTMP_CMAF', null, 'RTMP', 'RTMP_CMAF'],
    [undefined, 'CMAF', 'RTMP', 'CMAF'],
    [undefined, null, 'RTMP_CMAF', 'RTMP_CMAF'],
  ] as const)('asked %s, key %s, app %s: %s', (asked, key, app, expected) => {
    expect(resolveOutputMode(asked, key, app)).toBe(expected);
  });

  test.each([['HLS'], ['cmaf'], [''], [' CMAF'], ['RTMP,CMAF'], ['toString'], ['constructor']])(
    'an unknown mode %j refuses instead of guessing',
    (asked) => {
      expect(resolveOutputMode(asked, 'CMAF', 'RTMP')).toBeNull();
    },
  );

  test('a repeated parameter refuses, even when both say the same', () => {
    expect(resolveOutputMode(['CMAF', 'CMAF'], null, 'RTMP')).toBeNull();
    expect(resolveOutputMode(['CMAF'], null, 'RTMP')).toBeNull();
  });

  test('what each mode offers', () => {
    const offers = (['RTMP', 'CMAF', 'RTMP_CMAF'] as const).map((mode) => [
      mode,
      offersRtmp(mode),
      offersCmaf(mode),
    ]);
    expect(offers).toEqual([
      ['RTMP', true, false],
      ['CMAF', false, true],
      ['RTMP_CMAF', true, true],
    ]);
    expect(DEFAULT_OUTPUT_MODE).toBe('RTMP');
    expect([null, 1, {}, [], ['RTMP']].map(isOutputMode)).toEqual([false, false, false, false, false]);
  });
});
