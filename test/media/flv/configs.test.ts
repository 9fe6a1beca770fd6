import { join } from 'node:path';
import { parseAacConfig, parseAvcConfig, parseAudioSpecificConfig, parseSps } from '../../../src/media/flv';
import { ffprobe } from '../../support/ffmpeg';
import { makeClip, readTags, tempFolder, type ClipOptions } from './clips';

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeAll(async () => void (folder = await tempFolder()));
afterAll(() => folder.remove());

const VIDEOS: Array<[string, ClipOptions]> = [
  ['1280x720', {}],
  ['854x480 (cropped sides)', { size: '854x480' }],
  ['720x1280 (portrait)', { size: '720x1280' }],
  ['1920x1080 (cropped lines)', { size: '1920x1080' }],
  ['1920x1080 interlaced', { size: '1920x1080', extra: ['-flags', '+ildct+ilme', '-x264-params', 'tff=1'] }],
  ['baseline', { size: '640x360', extra: ['-profile:v', 'baseline'] }],
  [
    'high 4:2:2',
    { size: '322x182', extra: ['-pix_fmt', 'yuv422p', '-profile:v', 'high422', '-preset', 'medium'] },
  ],
  ['high 4:4:4', { size: '323x181', extra: ['-pix_fmt', 'yuv444p', '-profile:v', 'high444'] }],
  [
    'scaling lists',
    { size: '854x480', extra: ['-preset', 'medium', '-x264-params', 'cqm=jvt:colorprim=bt709:sar=4/3'] },
  ],
  ['30000/1001', { size: '640x360', extra: ['-r', '30000/1001'] }],
];

test.each(VIDEOS)('the AVC config of %s is what ffprobe says', async (name, options) => {
  const path = await makeClip(join(folder.path, `${name.replace(/\W/g, '_')}.flv`), {
    size: '1280x720',
    seconds: 0.2,
    audio: false,
    ...options,
  });
  const header = (await readTags(path)).find((tag) => tag.kind === 'video' && tag.isSequenceHeader)!;
  const { json } = await ffprobe('-show_streams', path);
  const stream = json.streams[0];
  const config = parseAvcConfig(header.payload)!;
  expect({ width: config.width, height: config.height, level: config.level }).toEqual({
    width: stream.width,
    height: stream.height,
    level: stream.level,
  });
  const [num, den] = stream.r_frame_rate.split('/').map(Number);
  expect(config.frameRate).toBeCloseTo(num / den, 0);
  expect(config.codec).toMatch(/^avc1\.[0-9a-f]{6}$/);
  expect(parseInt(config.codec.slice(5, 7), 16)).toBe(config.profile);
});

test.each([
  [48000, 2],
  [44100, 1],
  [44100, 6],
])('the AAC config of %i Hz, %i channels', async (sampleRate, channels) => {
  const path = await makeClip(join(folder.path, `a${sampleRate}-${channels}.flv`), {
    seconds: 0.2,
    video: false,
    extra: ['-ar', String(sampleRate), '-ac', String(channels)],
  });
  const header = (await readTags(path)).find((tag) => tag.isSequenceHeader)!;
  expect(parseAacConfig(header.payload)).toEqual({ codec: 'mp4a.40.2', sampleRate, channels });
});

test('HE-AAC says the rate that is heard, and parametric stereo plays two', () => {
  expect(parseAudioSpecificConfig(Buffer.from('2b920800', 'hex'))).toEqual({
    codec: 'mp4a.40.5',
    sampleRate: 44100,
    channels: 2,
  });
  expect(parseAudioSpecificConfig(Buffer.from('eb8a0800', 'hex'))).toMatchObject({
    codec: 'mp4a.40.29',
    channels: 2,
  });
});

test('broken headers are null, whatever is cut or flipped', async () => {
  const path = await makeClip(join(folder.path, 'broken.flv'), { size: '854x480', seconds: 0.2 });
  const headers = (await readTags(path)).filter((tag) => tag.isSequenceHeader);
  for (const { payload, kind } of headers) {
    const parse = kind === 'video' ? parseAvcConfig : parseAacConfig;
    for (let length = 0; length < payload.length; length += 1)
      expect(() => parse(payload.subarray(0, length))).not.toThrow();
    for (let bit = 0; bit < payload.length * 8; bit += 1) {
      const flipped = Buffer.from(payload);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const config = parse(flipped);
      if (config && 'width' in config) expect(config.width * config.height).toBeLessThanOrEqual(16_384 ** 2);
    }
  }
  expect(parseAvcConfig(headers.find((h) => h.kind === 'video')!.payload.subarray(0, 10))).toBeNull();
  expect(parseSps(Buffer.alloc(4096, 0xff))).toBeNull();
  expect(parseSps(Buffer.concat([Buffer.from([0x67]), Buffer.alloc(4096)]))).toBeNull();
});
