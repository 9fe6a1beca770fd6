import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';

/**
 * Postgres refuses to run as root, so a root's start runs it under another account. Null: as ourselves.
 * `lift` says that the account can't reach the files by itself (they lie below a folder like /root, mode 0700) and
 * carries the one capability that lets it pass.
 */
export interface PostgresAccount {
  uid: number;
  gid: number;
  lift: string | null;
}

const ROOT_UID = 0;
/** Tried in this order: the account that distributions make for Postgres, else the one that owns nothing. */
const ACCOUNT_NAMES = ['postgres', 'nobody'];
/** The narrower one first; containers often have just the second. Bits of linux/capability.h. */
const CAPABILITIES = [
  { name: 'dac_read_search', bit: 2n },
  { name: 'dac_override', bit: 1n },
];

function accountIds(): { uid: number; gid: number } {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ACCOUNT_NAMES) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
    const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
    if (Number.isInteger(uid) && Number.isInteger(gid) && uid !== ROOT_UID) return { uid, gid };
  }
  throw new Error(
    `Postgres can't run as root, and none of the accounts ${ACCOUNT_NAMES.join(', ')} exists. ` +
      'Start Showrunner as another user, or set DATABASE_URL to an existing server.',
  );
}

function canReach(ids: { uid: number; gid: number }, path: string): boolean {
  return spawnSync('test', ['-r', path, '-a', '-x', path], { ...ids, cwd: '/' }).status === 0;
}

/** The capability to hand over, of those that we have ourselves. */
function capabilityToLift(): string | null {
  const status = readFileSync('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return CAPABILITIES.find(({ bit }) => (effective >> bit) & 1n)?.name ?? null;
}

/** Who runs Postgres; null: we ourselves. A cluster that exists keeps the account that it was made with. */
export function postgresIds(cluster: string | null): { uid: number; gid: number } | null {
  if (process.getuid?.() !== ROOT_UID) return null;
  const owner = cluster ? statSync(cluster) : null;
  return owner && owner.uid !== ROOT_UID ? { uid: owner.uid, gid: owner.gid } : accountIds();
}

/** Finds out how the account gets to `paths`. Throws, saying what to do, where no way is left. */
export function reachThrough(ids: { uid: number; gid: number }, paths: string[]): PostgresAccount {
  const hidden = paths.find((path) => !canReach(ids, path));
  if (!hidden) return { ...ids, lift: null };
  const lift = capabilityToLift();
  const hasSetpriv = spawnSync('setpriv', ['--version'], { stdio: 'ignore' }).status === 0;
  if (lift && hasSetpriv) return { ...ids, lift };
  throw new Error(
    `Postgres can't run as root, and the account with uid ${ids.uid} can't reach ${hidden}. Move the repository and ` +
      'DATA_DIR below a folder that others may pass, start as another user, or set DATABASE_URL.',
  );
}

/** The command, and the options of its spawn, that run a program under the account. */
export function asAccount(account: PostgresAccount | null, command: string, args: string[]) {
  if (!account) return { command, args, ids: {} };
  const { uid, gid, lift } = account;
  if (!lift) return { command, args, ids: { uid, gid } };
  const setpriv = [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--no-new-privs',
    `--inh-caps=-all,+${lift}`,
    `--bounding-set=-all,+${lift}`,
    `--ambient-caps=+${lift}`,
    '--',
  ];
  return { command: 'setpriv', args: [...setpriv, command, ...args], ids: {} };
}
