import type { Knex } from 'knex';
import type { AddressPolicy } from '../callbacks/address-policy';
import { testCallback } from '../callbacks/test-callback';
import { createApp, findAppNamed, listApps, type AppRow } from '../store/apps';
import { rotateApiSecret } from '../store/app-secrets';
import { rotateCallbackSecret, type CallbackColumns } from '../store/callback-settings';
import type { Vault } from '../store/vault';
import { rotateSigningKey } from '../tokens/signing-keyring';
import { addProfile } from './add-profile';
import { APP_SETTINGS } from './app-settings';
import { OperatorError } from './operator-error';
import { setApp } from './set-app';

export interface OperatorContext {
  knex: Knex;
  vault: Vault;
  /** Where test callbacks may go. */
  policy: AddressPolicy;
  /** Writes one line for the operator. */
  say(line: string): void;
  /** The next line of standard input. */
  readLine(): Promise<string>;
}

/** What an app is called in lists. Anything readable; long enough for a company's name. */
const MAX_NAME_CHARACTERS = 100;
const AT_ONCE = '--now';

interface OperatorCommand {
  /** After the command's name; `APP` is an app's id or API key. */
  args: string;
  does: string;
  run(context: OperatorContext, args: readonly string[]): Promise<void>;
}

type AppCommand = (context: OperatorContext, app: AppRow, rest: readonly string[]) => Promise<void>;

/** A command whose first argument names an app. */
const ofApp =
  (run: AppCommand): OperatorCommand['run'] =>
  async (context, [name = '', ...rest]) => {
    const app = name === '' || name.includes('\0') ? undefined : await findAppNamed(context.knex, name);
    if (!app) throw new OperatorError(`there is no app "${name}"; "list" shows all`);
    await run(context, app, rest);
  };

async function create({ knex, vault, say }: OperatorContext, args: readonly string[]): Promise<void> {
  const name = args.join(' ').trim();
  if (name === '' || name.length > MAX_NAME_CHARACTERS || name.includes('\0'))
    throw new OperatorError(`create takes a name of 1 to ${MAX_NAME_CHARACTERS} characters`);
  say(JSON.stringify(await createApp(knex, vault, { name })));
}

async function list({ knex, say }: OperatorContext): Promise<void> {
  for (const app of await listApps(knex))
    say([app.id, app.api_key, app.created_at.toISOString(), app.name].join('\t'));
}

const show: AppCommand = ({ say }, app) => {
  say(`id=${app.id}`);
  say(`name=${app.name}`);
  say(`api-key=${app.api_key}`);
  say(`created=${app.created_at.toISOString()}`);
  const settings = app as AppRow & CallbackColumns;
  for (const [name, setting] of Object.entries(APP_SETTINGS)) say(`${name}=${setting.shown(settings)}`);
  say(`callback-secret=${settings.callback_secrets === null ? 'none' : 'set (not shown)'}`);
  return Promise.resolve();
};

const set: AppCommand = async (context, app, assignments) => {
  if (assignments.length === 0)
    throw new OperatorError(`set takes NAME=VALUE; there are ${Object.keys(APP_SETTINGS).join(', ')}`);
  const { knex, vault, readLine, say } = context;
  const secret = await setApp({ knex, vault, appId: app.id }, assignments, readLine);
  // Shown once, like every secret: the receiver checks signatures with it.
  if (secret !== null) say(`callback-secret=${secret}`);
};

const rotateSecret: AppCommand = async ({ knex, vault, say }, app, rest) => {
  if (rest.some((option) => option !== AT_ONCE)) throw new OperatorError(`rotate-secret takes ${AT_ONCE}`);
  const atOnce = rest.includes(AT_ONCE);
  say(JSON.stringify(await rotateApiSecret(knex, vault, app.id, { atOnce })));
};

const sendTest: AppCommand = async ({ knex, vault, policy, say }, app) => {
  const { url, status, error, durationMs } = await testCallback(knex, vault, app.id, policy);
  const answer = status === null ? `no answer (${error})` : `answered ${status}`;
  const line = `${url} ${answer} after ${durationMs} ms`;
  if (status === null || status >= 300) throw new OperatorError(line);
  say(line);
};

/** Everything that an operator can do with apps. Secrets are shown once, when they are made. */
export const OPERATOR_COMMANDS: Readonly<Record<string, OperatorCommand>> = {
  create: { args: 'NAME', does: 'makes an app and shows its credentials, once', run: create },
  list: { args: '', does: 'shows id, API key, age and name of each app', run: list },
  show: { args: 'APP', does: "shows an app's settings, as `set` takes them", run: ofApp(show) },
  set: {
    args: 'APP NAME=VALUE ...',
    does: "changes settings, all or none; they count at once. A first callback-url's signing secret is shown, once",
    run: ofApp(set),
  },
  'rotate-secret': {
    args: `APP [${AT_ONCE}]`,
    does: `makes a new API secret; the old one counts for 24 h more, with ${AT_ONCE} no longer`,
    run: ofApp(rotateSecret),
  },
  'rotate-callback-secret': {
    args: 'APP',
    does: 'makes a new secret that callbacks are signed with; the old one signs too for 24 h more',
    run: ofApp(async ({ knex, vault, say }, app) => say(await rotateCallbackSecret(knex, vault, app.id))),
  },
  'rotate-signing-key': {
    args: '',
    does: 'makes a new key that tokens of all apps are signed with; nobody is logged out',
    run: async ({ knex, vault }) => rotateSigningKey(knex, vault),
  },
  'add-profile': {
    args: 'APP FILE',
    does: 'makes a transcoding profile of the app from a JSON file, and shows its id',
    run: ofApp(async ({ knex, say }, app, [file = '']) => say(String(await addProfile(knex, app.id, file)))),
  },
  'test-callback': {
    args: 'APP',
    does: "sends one callback to the app's receiver and says what came of it",
    run: ofApp(sendTest),
  },
};

/** All commands, a line each. */
export const usage = (): string =>
  [
    'Usage: npm run -s app -- COMMAND; APP is an id or an API key.',
    ...Object.entries(OPERATOR_COMMANDS).map(
      ([name, { args, does }]) => `  ${`${name} ${args}`.trim().padEnd(28)} ${does}`,
    ),
  ].join('\n');
