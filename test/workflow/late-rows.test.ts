import { until } from '../support/until';
import { refusalOf } from './support/refusal';
import type { ScriptedNode } from './support/scripted-node';
import { World, type Member } from './support/world';

/** More than Temporal takes of open questions in one run. */
const PUBLISHES = 12;

/** A row that can not be written just now holds up neither a refusal nor a cut (design.md section 3). */
describe('while the row of a key is locked', () => {
  let world: World;
  let node: ScriptedNode;
  let member: Member;

  beforeAll(async () => {
    world = await World.start();
    node = await world.node('n1');
    member = await world.member();
  }, 60_000);
  afterAll(() => world.stop(), 60_000);

  it('publishes without number do not stand in the way of a forced end, and none is granted later', async () => {
    const lock = await world.knex.transaction();
    await lock('stream_keys').where({ id: member.key.streamKeyId }).forUpdate();
    const holder = await node.publish(member);
    const publish = async () => {
      const request = node.request(member);
      const refusal = await refusalOf(world.plane.publish(member.key, request, 2_000));
      await node.unpublish(member, { ...request, epoch: null });
      return refusal;
    };
    const refusals = await Promise.all(Array.from({ length: PUBLISHES }, publish));
    expect(new Set(refusals)).toEqual(new Set(['CONTROL_PLANE_UNAVAILABLE']));
    const forced = world.commands.forceTerminateKey(member.key, null);
    forced.catch(() => undefined);
    await until(() => node.cuts.includes(holder.sessionId), { timeoutMs: 4_000, what: 'the cut' });
    expect(await refusalOf(node.publish(member))).toBe('STREAM_KEY_ROTATED');
    await lock.rollback();
    await forced;
    expect(await world.states('streamKey', member.key.streamKeyId)).toEqual(['ACTIVE_PREP', 'INACTIVE']);
  }, 60_000);
});
