import { homedir, hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';

/** Who polled, with its machine's name and process id, is in every event; a stack holds this machine's paths. */
const CONSTANTS: Record<string, string> = { identity: 'showrunner', stackTrace: '' };
const REPOSITORY = resolve(__dirname, '../../..');

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** The history as JSON without what belongs to the machine that recorded it. */
export function scrub(json: Json): Json {
  if (Array.isArray(json)) return json.map(scrub);
  if (json === null || typeof json !== 'object') return json;
  const isSticky = json.kind === 'TASK_QUEUE_KIND_STICKY';
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      // A sticky queue's name holds the identity of its worker.
      CONSTANTS[name] ?? (isSticky && name === 'name' ? 'sticky' : scrub(value)),
    ]),
  );
}

/** Payloads are base64 in a history: read by a machine only, and so never seen in a review. */
function readable(text: string): string {
  return text.replace(/"data":"([^"]*)"/g, (_, data: string) => Buffer.from(data, 'base64').toString());
}

/** Throws if the text, or a payload in it, holds a secret or something of this machine. */
export function assertClean(name: string, text: string, secrets: readonly string[]): void {
  const all = `${text}\n${readable(text)}`;
  const { username } = userInfo();
  const forbidden = [...secrets, hostname(), homedir(), REPOSITORY, `/${username}/`];
  const found = forbidden.filter((word) => word.length > 1 && all.includes(word));
  if (found.length > 0)
    throw new Error(`${name} holds what must not be kept: ${found.length} of ${forbidden.length}`);
}
