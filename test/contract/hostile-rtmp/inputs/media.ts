import { amf, message } from '../../../support/rtmp-client';
import { command, comesTrue, endOf, FOREIGN_FRAME, whenPublishing } from '../attack';
import { observed, type HostileInput, type Target } from '../target';

const script = (...values: Parameters<typeof amf>): Buffer => amf(...values);
const data = (body: Buffer): Buffer => message({ type: 18, streamId: 1, body });

/** Frames in the same write as the publish: nobody has said yes to them. */
async function beforeTheVerdict(target: Target) {
  const publisher = await target.ready('live', { allowHalfOpen: true });
  const frame = message({ type: 9, chunkStream: 5, streamId: 1, body: FOREIGN_FRAME });
  publisher.send(Buffer.concat([command(amf('publish', 0, null, 'not-a-key', 'live'), 1), frame, frame]));
  const viewer = await target.ready();
  viewer.play('not-a-key');
  const got = await comesTrue(
    () => viewer.received.some((one) => one.body.includes('FOREIGN')),
    target.patienceMs / 4,
  );
  const harm = got ? 'frames without a yes reach viewers' : null;
  return observed(await endOf(target, publisher), harm);
}

async function audioOnly(target: Target) {
  const key = target.newKey();
  const publisher = await target.publishing(key);
  const frame = () =>
    publisher.message({ type: 8, chunkStream: 4, streamId: 1, body: Buffer.from([0xaf, 1, 0x21, 0x10]) });
  frame();
  const viewer = await target.ready();
  viewer.play(target.playNameOf(key));
  await viewer.status('NetStream.Play.Start');
  frame();
  const before = viewer.results;
  viewer.command('createStream', null);
  const served = await comesTrue(() => viewer.results > before, target.patienceMs);
  return served && !publisher.isClosed ? observed('answered') : observed('open', 'the player is stuck');
}

export const MEDIA: HostileInput[] = [
  whenPublishing('media', 'data named constructor', data(script('constructor', 1)), 'answered'),
  whenPublishing(
    'media',
    '@setDataFrame with an unreadable body',
    data(Buffer.concat([script('@setDataFrame', 'onMetaData'), Buffer.from([0x2f])])),
  ),
  whenPublishing(
    'media',
    'an empty video message',
    message({ type: 9, streamId: 1, chunkStream: 7, body: Buffer.alloc(0) }),
    'answered',
  ),
  whenPublishing(
    'media',
    'AMF3 data (type 15)',
    message({ type: 15, streamId: 1, body: Buffer.from([0, 2, 0, 1, 97]) }),
    'answered',
  ),
  {
    name: 'audio without a sequence header, then a player',
    theme: 'media',
    ours: 'answered',
    attack: audioOnly,
  },
  {
    name: 'frames before the verdict on the publish',
    theme: 'media',
    ours: 'closed',
    attack: beforeTheVerdict,
  },
];
