import { randomUUID } from 'node:crypto';
import { callbacksContract } from '../../../src/api/contract/callbacks';
import { channelsContract } from '../../../src/api/contract/channels';
import { meContract } from '../../../src/api/contract/me';
import { appTokensContract, memberTokensContract } from '../../../src/api/contract/tokens';
import type { Operation } from '../../../src/api/contract/operation';
import { transcodingProfilesContract } from '../../../src/api/contract/transcoding-profiles';
import { ACCESS_TOKEN_SECONDS } from '../../../src/domain/token-lives';
import { Tokens } from '../../../src/tokens/tokens';
import type { Caller, Input } from './caller';
import { isNotBuilt, PUBLISHED, type Published } from './coverage';
import { provoked, wellFormed } from './provoked';
import { MOST_REQUESTS_OF_A_MEMBER, MOST_REQUESTS_OF_AN_APP, type Tenant, type World } from './world';

/** What two cores answer side by side. */
const AT_ONCE = 8;

/** What is counted together. */
const countedAs = (it: Published): string =>
  isRefresh(it.operation) ? 'refresh' : `${it.api.name} ${it.operation.method === 'get' ? 'read' : 'write'}`;

/** A cheap one of each kind that is counted by itself: reads and writes, of an app and of a member, and renewals. */
const HASTILY: readonly string[] = [
  transcodingProfilesContract.getTranscodingProfile,
  callbacksContract.resendCallbackDelivery,
  meContract.getMe,
  channelsContract.leaveChannel,
  memberTokensContract.refreshTokens,
].map(({ id }) => id);
const mostRequests = (it: Published): number =>
  isServer(it) ? MOST_REQUESTS_OF_AN_APP : MOST_REQUESTS_OF_A_MEMBER;

/** Runs `work` for all, a few at a time. */
export async function forAll<T>(all: readonly T[], work: (it: T) => Promise<unknown>): Promise<void> {
  const queue = [...all];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

export const isServer = ({ api }: Published): boolean => api.name === 'ffc-app-server';
const isRefresh = ({ id }: Operation): boolean => id === memberTokensContract.refreshTokens.id;

/** Whoever may call an operation: an app's backend, one of its members, or a refresh token. */
export class Entrant {
  private constructor(
    private readonly world: World,
    readonly tenant: Tenant,
    private readonly member: Caller,
    private readonly refreshToken: string,
  ) {}

  static async of(world: World): Promise<Entrant> {
    const tenant = await world.tenant();
    const body = { appUserId: tenant.owner.appUserId };
    const { refreshToken } = await tenant.app.ok(appTokensContract.loginMember, { body });
    return new Entrant(world, tenant, await tenant.member(body.appUserId), refreshToken);
  }

  caller(it: Published): Caller {
    if (isServer(it)) return this.tenant.app;
    return it.operation.openAt === undefined ? this.member : this.world.nobody;
  }

  /** A request that is let in. */
  input({ operation }: Published): Input {
    const form = wellFormed(operation);
    return isRefresh(operation) ? { ...form, body: { refreshToken: this.refreshToken } } : form;
  }
}

/** Missing, wrong and expired credentials. */
export async function knock(world: World): Promise<void> {
  const { owner } = await world.tenant();
  const stranger = world.as(`Basic ${Buffer.from(`${owner.apiKey}:wrong`).toString('base64')}`);
  const forger = world.as('Bearer not.a.token');
  const longAgo = Date.now() - 2 * ACCESS_TOKEN_SECONDS * 1_000;
  const { appId, memberId } = owner;
  const old = { appId, memberId, guest: false, issuedAtMs: longAgo };
  const latecomer = world.as(`Bearer ${await new Tokens(world).mintAccess(old)}`);
  await forAll(PUBLISHED, async (it) => {
    const { operation } = it;
    const form = wellFormed(operation);
    if (operation.openAt !== undefined) return;
    await world.nobody.says(isServer(it) ? 'EMPTY_APP_CREDENTIALS' : 'EMPTY_ACCESS_TOKEN', operation, form);
    if (isServer(it)) return stranger.says('INVALID_APP_CREDENTIALS', operation, form);
    await forger.says('INVALID_ACCESS_TOKEN', operation, form);
    await latecomer.says('EXPIRED_ACCESS_TOKEN', operation, form);
  });
}

/** What is wrong with the request itself. */
export async function misask(world: World): Promise<void> {
  const entrant = await Entrant.of(world);
  await forAll(PUBLISHED, async (it) => {
    for (const [code, input] of provoked(it.operation)) {
      const wrongToken = code.endsWith('_REFRESH_TOKEN');
      const whole =
        isRefresh(it.operation) && !wrongToken && !input.raw ? { ...input, ...entrant.input(it) } : input;
      await entrant.caller(it).says(code, it.operation, whole);
    }
  });
}

/** An Idempotency-Key that came before: with another body, and while its first request is at work. */
export async function repeat(world: World): Promise<void> {
  const entrant = await Entrant.of(world);
  const { appId } = entrant.tenant.owner;
  // What is not built is never carried out, so no key is kept.
  const posts = PUBLISHED.filter(({ operation }) => operation.method === 'post' && !isNotBuilt(operation));
  const keyed = posts.map((it) => {
    const input = entrant.input(it);
    const headers = { 'Idempotency-Key': randomUUID() };
    const other = Array.isArray(input.body)
      ? [...(input.body as object[]), { partNumber: 2, eTag: 'x' }]
      : { ...(input.body as object | undefined), more: 1 };
    return { it, input: { ...input, headers }, other: { ...input, headers, body: other } };
  });
  await forAll(keyed, async ({ it, input, other }) => {
    await entrant.caller(it).send(it.operation, input);
    await entrant.caller(it).says('IDEMPOTENCY_KEY_REUSED', it.operation, other);
  });
  // As if the process that carries them out were still at it.
  await world
    .knex('idempotency_keys')
    .where({ app_id: appId })
    .update({
      status: null,
      body_ciphertext: null,
      locked_until: world.knex.raw("now() + interval '1 hour'"),
    });
  await forAll(keyed, ({ it, input }) => entrant.caller(it).says('REQUEST_LOCKED', it.operation, input));
}

/** A web page that the app does not know. */
export async function callFromElsewhere(world: World): Promise<void> {
  const entrant = await Entrant.of(world);
  const cors_origins = JSON.stringify(['https://shop.example']);
  await world.knex('apps').where({ id: entrant.tenant.owner.appId }).update({ cors_origins });
  const headers = { Origin: 'https://elsewhere.example' };
  await forAll(PUBLISHED, (it) =>
    entrant.caller(it).says('ORIGIN_NOT_ALLOWED', it.operation, { ...entrant.input(it), headers }),
  );
}

/** More than an app and a member may ask in a minute: each kind of request, as soon as it is used up. */
export async function hurry(world: World): Promise<void> {
  const entrant = await Entrant.of(world);
  for (const hasty of PUBLISHED.filter(({ operation }) => HASTILY.includes(operation.id))) {
    const requests = Array.from({ length: mostRequests(hasty) }, () => hasty);
    await forAll(requests, (it) => entrant.caller(it).send(it.operation, entrant.input(it)));
    await forAll(
      PUBLISHED.filter((it) => countedAs(it) === countedAs(hasty)),
      (it) => entrant.caller(it).says('TOO_MANY_REQUESTS', it.operation, entrant.input(it)),
    );
  }
}
