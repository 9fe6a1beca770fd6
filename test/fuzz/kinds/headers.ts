import {
  classifyAudioTag,
  classifyVideoTag,
  isOnMetaData,
  parseAacConfig,
  parseAvcConfig,
  unwrapSetDataFrame,
} from '../../../src/media/flv';
import { CONVERSATIONS } from '../conversation';
import { must, type Kind } from '../kind';
import { mutateBytes } from '../mutate-bytes';

const SEEDS = CONVERSATIONS.flatMap(({ messages }) =>
  messages.filter((one) => [8, 9, 18].includes(one.type)),
).map(({ body }) => body.subarray(0, 512));
/** Sequence headers, of which there are few among the frames. */
const HEADERS = SEEDS.filter((body) => body[1] === 0 && body.length < 100);
const MAX_SIDE_PIXELS = 16_384;

/** What the encoder says of its codecs: parsers that answer null, and never throw. */
export async function headers(): Promise<Kind> {
  return {
    name: 'headers',
    make: (dice) => [mutateBytes(dice.pick(dice.oneIn(4) ? SEEDS : HEADERS), dice)],
    run: async ([payload]) => {
      classifyVideoTag(payload!);
      classifyAudioTag(payload!);
      isOnMetaData(unwrapSetDataFrame(payload!));
      const video = parseAvcConfig(payload!);
      if (video) {
        must(
          video.width > 0 && video.width <= MAX_SIDE_PIXELS && video.height > 0,
          'a picture without sense',
        );
        must(/^avc1\.[0-9a-f]{6}$/.test(video.codec), 'a codec that is none');
      }
      const audio = parseAacConfig(payload!);
      if (audio)
        must(audio.sampleRate > 0 && audio.channels > 0 && audio.channels < 256, 'a sound without sense');
    },
    atRest: async () => undefined,
    close: async () => undefined,
  };
}
