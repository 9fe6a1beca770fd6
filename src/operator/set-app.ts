import { CodedError } from '../domain/errors';
import { updateApp } from '../store/apps';
import { ensureCallbackSecret } from '../store/callback-settings';
import { APP_SETTINGS, FROM_INPUT, NONE, type AppSetting, type SettingContext } from './app-settings';
import { OperatorError } from './operator-error';

interface Assignment {
  name: string;
  value: string;
  setting: AppSetting;
}

function assignmentOf(text: string): Assignment {
  const at = text.indexOf('=');
  const [name, value] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  const setting = Object.hasOwn(APP_SETTINGS, name) ? APP_SETTINGS[name] : undefined;
  if (!setting)
    throw new OperatorError(
      `there is no setting "${name}"; there are ${Object.keys(APP_SETTINGS).join(', ')}`,
    );
  if (value === '') throw new OperatorError(`${name}: takes ${setting.takes}`);
  return { name, value, setting };
}

async function valueOf(
  { name, value, setting }: Assignment,
  readLine: () => Promise<string>,
): Promise<string> {
  if (!setting.isSecret || value === NONE) return value;
  if (value !== FROM_INPUT)
    throw new OperatorError(`${name}: takes ${setting.takes}; arguments are seen by others on this machine`);
  return readLine();
}

/**
 * Sets what the assignments (`name=value`) say: all of them or, where one is not taken, none. A receiver of callbacks without a
 * signing secret gets one, so that no callback goes unsigned: answered here, to be shown now or never; else null.
 * `readLine` gives the secret of a `-`. Throws OperatorError.
 */
export async function setApp(
  context: SettingContext,
  assignments: readonly string[],
  readLine: () => Promise<string>,
): Promise<string | null> {
  const columns: Record<string, unknown> = {};
  for (const assignment of assignments.map(assignmentOf)) {
    const value = await valueOf(assignment, readLine);
    try {
      Object.assign(columns, await assignment.setting.columns(value, context));
    } catch (error) {
      const isTheirs =
        error instanceof OperatorError || (error instanceof CodedError && error.code === 'INVALID_REQUEST');
      if (!isTheirs) throw error;
      throw new OperatorError(`${assignment.name}: ${error.message}`);
    }
  }
  const { knex, vault, appId } = context;
  return knex.transaction(async (trx) => {
    await updateApp(trx, appId, columns);
    return ensureCallbackSecret(trx, vault, appId);
  });
}
