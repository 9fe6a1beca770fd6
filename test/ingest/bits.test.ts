import { audioFacts, videoFacts } from '../../src/ingest/flv-codec';
import { readAmf0 } from '../../src/ingest/rtmp/amf0-reader';
import { splitAggregate } from '../../src/ingest/rtmp/aggregate';
import { TagReader } from '../../src/ingest/tag-reader';
import { WrapFreeClock } from '../../src/ingest/wrap-free-clock';
import { AAC_HEADER, amf, AVC_HEADER, KEY_FRAME } from '../support/rtmp-client';

const extend = (...raw: number[]) => {
  const clock = new WrapFreeClock();
  return raw.map((one) => clock.extend(one));
};

test.each([
  ['goes on over 2^32', [4_294_967_290, 4, 44], [4_294_967_290, 4_294_967_300, 4_294_967_340]],
  [
    'lets audio and video interleave at the wrap',
    [4_294_967_290, 4, 4_294_967_294, 10],
    [4_294_967_290, 4_294_967_300, 4_294_967_294, 4_294_967_306],
  ],
  [
    'goes on over 2^24, for encoders without extended timestamps',
    [16_777_200, 10, 16_777_210, 50],
    [16_777_200, 16_777_226, 16_777_210, 16_777_266],
  ],
  ['takes a step back as one', [1_000_000, 500_000], [1_000_000, 500_000]],
  ['never goes below zero', [100, 0, 4_294_967_200], [100, 0, 0]],
])('the clock %s', (_what, raw, expected) => {
  expect(extend(...raw)).toEqual(expected);
});

test('aggregates are split, their parts keep their distances', () => {
  const part = (type: number, time: number, body: number[]) =>
    Buffer.from([type, 0, 0, body.length, 0, 0, time, 0, 0, 0, 0, ...body, 0, 0, 0, 0]);
  const payload = Buffer.concat([part(8, 10, [1, 2]), part(15, 20, [9]), part(9, 50, [3])]);
  expect(splitAggregate(payload, 1_000)).toEqual([
    { kind: 'audio', timestamp: 1_000, payload: Buffer.from([1, 2]) },
    { kind: 'video', timestamp: 1_040, payload: Buffer.from([3]) },
  ]);
});

test('AMF0 is read as written; a property named __proto__ is just a property', () => {
  const values = [1.5, true, 'text', null, undefined];
  expect(readAmf0(amf(...values))).toEqual(values);
  const [hostile] = readAmf0(amf(JSON.parse('{"__proto__":{"app":"live"},"a":{"b":2}}')));
  expect(Object.keys(hostile as object)).toEqual(['__proto__', 'a']);
  expect((hostile as { app?: string }).app).toBeUndefined();
  // An ECMA array with a count that lies, then a value behind it.
  const ecma = Buffer.concat([
    Buffer.from([8, 0, 0, 0, 99, 0, 1, 97]),
    amf(7),
    Buffer.from([0, 0, 9]),
    amf('next'),
  ]);
  expect(JSON.parse(JSON.stringify(readAmf0(ecma)))).toEqual([{ a: 7 }, 'next']);
});

test('AMF0 is read to a depth of eight and to 4,096 values', () => {
  const nest = (depth: number): Buffer =>
    depth === 0
      ? amf(1)
      : Buffer.concat([Buffer.from([3, 0, 1, 97]), nest(depth - 1), Buffer.from([0, 0, 9])]);
  expect(readAmf0(nest(8))).toHaveLength(1);
  expect(() => readAmf0(nest(9))).toThrow('nested too deeply');
  expect(readAmf0(amf(...Array<null>(4_096).fill(null)))).toHaveLength(4_096);
  expect(() => readAmf0(amf(...Array<null>(4_097).fill(null)))).toThrow('too many AMF values');
});

test('codecs are told by their bits', () => {
  expect(videoFacts(AVC_HEADER)).toEqual({ kind: 'header' });
  expect(videoFacts(KEY_FRAME)).toEqual({ kind: 'keyFrame' });
  expect(videoFacts(Buffer.concat([Buffer.from([0x27]), KEY_FRAME.subarray(1)]))).toEqual({ kind: 'frame' });
  expect(videoFacts(Buffer.from([0x57, 0]))).toEqual({ kind: 'nothing' });
  expect(videoFacts(Buffer.from('\x91av01', 'latin1'))).toEqual({ kind: 'unsupported', codec: 'AV1' });
  expect(videoFacts(Buffer.from('\x91vp09', 'latin1'))).toEqual({ kind: 'unsupported', codec: 'VP9' });
  expect(videoFacts(Buffer.from([0x12]))).toEqual({ kind: 'unsupported', codec: 'H.263' });
  expect(audioFacts(AAC_HEADER)).toEqual({ kind: 'header' });
  expect(audioFacts(Buffer.from([0xaf, 1, 2]))).toEqual({ kind: 'frame' });
  expect(audioFacts(Buffer.from([0x2f, 1]))).toEqual({ kind: 'unsupported', codec: 'MP3' });
  expect(audioFacts(Buffer.from('\x90Opus', 'latin1'))).toEqual({ kind: 'unsupported', codec: 'Opus' });
});

test('tags: metadata loses its wrapper and gets the time it came, frames without their header are left out', () => {
  const reader = new TagReader();
  const video = (payload: Buffer, timestamp: number) => reader.read({ kind: 'video', timestamp, payload });
  expect(video(KEY_FRAME, 10)).toBeNull();
  expect(video(AVC_HEADER, 20)).toMatchObject({ timestampMs: 20, isSequenceHeader: true, isKeyFrame: false });
  expect(video(KEY_FRAME, 60)).toMatchObject({ timestampMs: 60, isKeyFrame: true });
  const metadata = amf('onMetaData', { width: 160 });
  const payload = Buffer.concat([amf('@setDataFrame'), metadata]);
  const script = {
    kind: 'script',
    timestampMs: 60,
    payload: metadata,
    isKeyFrame: false,
    isSequenceHeader: false,
  };
  expect(reader.read({ kind: 'script', timestamp: 0, payload })).toEqual(script);
  expect(reader.read({ kind: 'script', timestamp: 0, payload: amf('onCuePoint', {}) })).toBeNull();
});
