import { message, type RtmpClient } from '../../../support/rtmp-client';
import { comesTrue, endOf, FOREIGN_FRAME, playNamed, publishNamed } from '../attack';
import { observed, type HostileInput, type Target } from '../target';

const foreign = message({ type: 9, chunkStream: 5, streamId: 1, body: FOREIGN_FRAME });

/** Sends frames for a while and says whether a player of `playName` saw one. */
async function injects(target: Target, attacker: RtmpClient, playName: string): Promise<boolean> {
  const viewer = await target.ready();
  viewer.play(playName);
  await viewer.status('NetStream.Play.Start');
  return comesTrue(() => {
    attacker.send(foreign);
    return viewer.received.some((one) => one.body.includes('FOREIGN'));
  }, target.patienceMs / 4);
}

async function secondPublisher(target: Target) {
  const attacker = await target.ready('live', { allowHalfOpen: true });
  attacker.publish(target.witnessKey);
  const got = await injects(target, attacker, target.witnessPlayName());
  const told = attacker.statuses.some((one) => one.code === 'NetStream.Publish.Start');
  const harm = [told && 'is told Publish.Start', got && 'its frames reach the viewers']
    .filter(Boolean)
    .join(', ');
  return observed(await endOf(target, attacker), harm || null);
}

async function playerSendsVideo(target: Target) {
  const attacker = await target.ready('live', { allowHalfOpen: true });
  attacker.play(target.witnessPlayName());
  await attacker.status('NetStream.Play.Start');
  const got = await injects(target, attacker, target.witnessPlayName());
  return observed(await endOf(target, attacker), got ? 'its frames reach the viewers' : null);
}

async function publishTwice(target: Target) {
  const [first, second] = [target.newKey(), target.newKey()];
  const attacker = await target.publishing(first);
  attacker.send(publishNamed(second));
  const closed = await endOf(target, attacker);
  attacker.destroy();
  const again = await target.ready();
  again.publish(first);
  const isFree = () => again.statuses.some((one) => one.code === 'NetStream.Publish.Start');
  const free = await comesTrue(isFree, target.patienceMs);
  // Stock says yes first and closes then.
  const locked = !free || (await comesTrue(() => again.isClosed, target.patienceMs / 4));
  return observed(closed, locked ? 'the first name is locked' : null);
}

async function playTwice(target: Target) {
  const key = target.newKey();
  const publisher = await target.publishing(key);
  publisher.media();
  const attacker = await target.ready();
  attacker.play(target.witnessPlayName());
  await attacker.status('NetStream.Play.Start');
  attacker.send(playNamed(target.playNameOf(key)));
  return observed(await endOf(target, attacker));
}

async function kickedIgnoresFin(target: Target) {
  const key = target.newKey();
  const attacker = await target.publishing(key, { allowHalfOpen: true });
  attacker.media();
  const viewer = await target.ready();
  viewer.play(target.playNameOf(key));
  await viewer.status('NetStream.Play.Start');
  await target.kick(key);
  const got = await comesTrue(() => {
    attacker.send(foreign);
    return viewer.received.some((one) => one.body.includes('FOREIGN'));
  }, target.patienceMs / 4);
  return observed(await endOf(target, attacker), got ? 'still broadcasts' : null);
}

async function frozen(target: Target) {
  const attacker = await target.publishing(target.newKey());
  attacker.media();
  return observed(await endOf(target, attacker));
}

async function deleteThenAgain(target: Target) {
  const key = target.newKey();
  const attacker = await target.publishing(key);
  attacker.media();
  const before = await target.publishers();
  attacker.command('deleteStream', null, 1);
  const closed = await comesTrue(() => attacker.isClosed, target.patienceMs / 2);
  const after = await target.publishers();
  return observed(closed ? 'closed' : 'open', after < before ? null : 'the name stays published');
}

const row = (name: string, attack: HostileInput['attack']): HostileInput => ({
  ...{ name, attack },
  theme: 'roles',
  ours: 'closed',
});

export const ROLES: HostileInput[] = [
  row('a second publisher of the same key that ignores its refusal', secondPublisher),
  row('a player that sends video', playerSendsVideo),
  row('publish A, then B, on one connection', publishTwice),
  row('play A, then B, on one connection', playTwice),
  row('a kicked publisher that ignores the FIN', kickedIgnoresFin),
  row('a publisher that freezes', frozen),
  row('deleteStream while the connection stays', deleteThenAgain),
];
