import { SETTINGS, type Setting } from '../../src/settings';

const code = (text: string) => `\`${text}\``;
const cell = (text: string) => text.replaceAll('|', '\\|');

function row([name, it]: [string, Setting]): string {
  const standard =
    it.standard === undefined ? '' : /^[\w./:-]+$/.test(it.standard) ? code(it.standard) : it.standard;
  const about = it.secret ? `${it.about} Secret: never echoed.` : it.about;
  return `| ${[code(name), it.takes, standard, about].map(cell).join(' | ')} |`;
}

/** docs/configuration.md from the settings' own schema. */
export function render() {
  const content = [
    '<!-- Generated from src/settings.ts by `npm run docs`. -->',
    '',
    '# Configuration',
    '',
    'All settings are environment variables, read once at start. A bad value ends the start with a line that names the',
    'variable, what it got and what it takes. An empty variable counts as not set.',
    '',
    '| Variable | Takes | Default | Meaning |',
    '| --- | --- | --- | --- |',
    ...Object.entries<Setting>(SETTINGS).map(row),
    '',
  ].join('\n');
  return [{ path: 'docs/configuration.md', content }];
}
