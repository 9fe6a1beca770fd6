import { Tokens } from '../../src/tokens/tokens';
import { newMember } from '../store/fixtures';
import type { Ask, Harness, Reply } from './harness';

/** A member of the harness's app, as its own client. */
export interface Client {
  memberId: number;
  appUserId: string;
  token: string;
  get(path: string): Promise<Reply>;
  delete(path: string): Promise<Reply>;
  post(path: string, body?: object, headers?: Record<string, string>): Promise<Reply>;
}

export async function clientOf(
  api: Harness,
  member: { memberId: number; appUserId: string },
  appId = api.owner.appId,
): Promise<Client> {
  const { memberId, appUserId } = member;
  const token = await new Tokens(api).mintAccess({ appId, memberId, guest: false });
  const ask = (path: string, options: Ask) =>
    api.ask(`/v2/members/me${path}`, {
      as: null,
      ...options,
      headers: { authorization: `Bearer ${token}`, ...options.headers },
    });
  return {
    memberId,
    appUserId,
    token,
    get: (path) => ask(path, {}),
    delete: (path) => ask(path, { method: 'DELETE' }),
    post: (path, body, headers = {}) => ask(path, { method: 'POST', body, headers }),
  };
}

/** A new one. */
export const newClient = async (api: Harness, name: string): Promise<Client> =>
  clientOf(api, await newMember(api.knex, api.vault, api.owner.appId, name));
