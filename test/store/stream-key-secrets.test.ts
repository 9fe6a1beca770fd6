import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { DEFAULT_LIVE_PROFILE } from '../../src/domain/live-profile';
import { createKeyResolver } from '../../src/store/key-resolver';
import { createKnex } from '../../src/store/knex';
import { createRotateStreamKey } from '../../src/store/rotate-stream-key';
import { findStreamKey } from '../../src/store/stream-keys';
import { Vault } from '../../src/store/vault';
import { startStack, type Stack } from '../support/stack';
import { newOwner, newVault, type Owner } from './fixtures';

let stack: Stack;
let knex: Knex;
const vault = newVault();
let owner: Owner;
beforeAll(async () => {
  stack = await startStack();
  knex = createKnex(stack.databaseUrl);
});
beforeEach(async () => {
  owner = await newOwner(knex, vault);
});
afterAll(async () => {
  await knex.destroy();
  await stack.stop();
});

async function presentKey(): Promise<{ secret: string; version: number }> {
  const row = await findStreamKey(knex, owner.appId, owner.streamKeyId);
  if (!row) throw new Error('the stream key is gone');
  return { secret: vault.decryptStreamKey(row.id, row.key_ciphertext), version: row.key_version };
}

describe('a stream key at rest', () => {
  it('looks as FlipFlop shows it: its id, then what nobody guesses', () => {
    expect(owner.streamKey).toMatch(new RegExp(`^${owner.streamKeyId}k[A-Za-z0-9]{22}$`));
  });

  it('stands nowhere in the database', async () => {
    const dump = await knex.raw<{ rows: { text: string }[] }>(
      `select k::text || encode(key_ciphertext, 'escape') || encode(key_hash, 'escape') as text from stream_keys k`,
    );
    const text = dump.rows.map((row) => row.text).join('\n');
    expect(text).not.toContain(owner.streamKey);
    expect(text).not.toContain(Buffer.from(owner.streamKey).toString('hex'));
    expect(text).not.toContain(owner.streamKey.slice(-12));
  });

  it('does not open with another master key, in another row, or when a bit was changed', async () => {
    const row = await findStreamKey(knex, owner.appId, owner.streamKeyId);
    const ciphertext = row?.key_ciphertext ?? Buffer.alloc(0);
    expect(vault.decryptStreamKey(owner.streamKeyId, ciphertext)).toBe(owner.streamKey);
    expect(() => new Vault(randomBytes(32)).decryptStreamKey(owner.streamKeyId, ciphertext)).toThrow();
    expect(() => vault.decryptStreamKey(owner.streamKeyId + 1, ciphertext)).toThrow();
    const changed = Buffer.from(ciphertext);
    changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1);
    expect(() => vault.decryptStreamKey(owner.streamKeyId, changed)).toThrow();
  });
});

describe('looking a stream key up', () => {
  it('finds it with its app’s mode', async () => {
    await knex('apps').where({ id: owner.appId }).update({ default_rtmp_output_mode: 'CMAF' });
    expect(await createKeyResolver(knex, vault).resolve(owner.streamKey)).toEqual({
      appId: owner.appId,
      memberId: owner.memberId,
      streamKeyId: owner.streamKeyId,
      keyVersion: 1,
      facts: {
        ...{ state: 'INACTIVE', keyVersion: 1, epoch: 0, transitionNumber: 0 },
        ...{ session: null, room: null },
      },
      keyMode: null,
      appMode: 'CMAF',
      profile: DEFAULT_LIVE_PROFILE,
    });
  });

  it.each(['', 'unknown', '1kAAAAAAAAAAAAAAAAAAAAAA', 'x'.repeat(100_000), 'nul\0', 'ü'])(
    'does not find %#',
    async (key) => {
      expect(await createKeyResolver(knex, vault).resolve(key)).toBeNull();
    },
  );

  it('says so, in time, when the database is away', async () => {
    const away = createKnex('postgres://nobody@127.0.0.1:1/none');
    const startedAt = Date.now();
    await expect(createKeyResolver(away, vault).resolve(owner.streamKey)).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
    expect(Date.now() - startedAt).toBeLessThan(2_500);
    await away.destroy();
  });

  it('does not wait longer than 2 s for a database that does not answer', async () => {
    const blocker = await knex.transaction();
    await blocker.raw('lock table stream_keys in access exclusive mode');
    const startedAt = Date.now();
    await expect(createKeyResolver(knex, vault).resolve(owner.streamKey)).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
    expect(Date.now() - startedAt).toBeLessThan(2_500);
    await blocker.rollback();
  });
});

describe('rotating a stream key', () => {
  it('gives it a new secret and version, and the old one is unknown', async () => {
    await createRotateStreamKey(knex, vault)({ streamKeyId: owner.streamKeyId, toVersion: 2 });
    const { secret, version } = await presentKey();
    expect(version).toBe(2);
    expect(secret).not.toBe(owner.streamKey);
    const resolver = createKeyResolver(knex, vault);
    expect(await resolver.resolve(owner.streamKey)).toBeNull();
    expect(await resolver.resolve(secret)).toMatchObject({ streamKeyId: owner.streamKeyId, keyVersion: 2 });
  });

  it('rotates once for a version, however often and from wherever it is asked', async () => {
    const rotate = createRotateStreamKey(knex, vault);
    await rotate({ streamKeyId: owner.streamKeyId, toVersion: 3 });
    const first = await presentKey();
    await Promise.all([3, 3, 2, 1].map((toVersion) => rotate({ streamKeyId: owner.streamKeyId, toVersion })));
    expect(await presentKey()).toEqual(first);
  });

  it('tells a key that does not exist', async () => {
    const rotating = createRotateStreamKey(knex, vault)({ streamKeyId: 999_999, toVersion: 2 });
    await expect(rotating).rejects.toMatchObject({ code: 'STREAM_KEY_NOT_FOUND' });
  });
});

it('refuses a master key of the wrong size', () => {
  expect(() => new Vault(randomBytes(16))).toThrow(/32 bytes/);
});
