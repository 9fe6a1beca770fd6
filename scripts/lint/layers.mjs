// The arrows between the rooms of src: who may import whom. `types` may be imported as types only.
import { dirname, relative, resolve, sep } from 'node:path';

const EVERYWHERE = ['logger'];
// They need nothing of ours, so that whoever may have timers may use it.
const TIMED = ['deadline', 'recurring'];

export const LAYERS = {
  domain: { code: [], types: [], npm: [/^xstate$/], node: false },
  workflows: {
    code: ['domain'],
    types: ['activities'],
    npm: [/^@temporalio\/(workflow|common)$/],
    node: false,
  },
  storage: { code: ['domain'], types: [] },
  media: { code: ['domain', 'storage', ...TIMED], types: [], notNpm: [/^@temporalio\//] },
  ingest: {
    code: ['domain', 'storage', 'media', ...TIMED],
    types: ['workflows'],
    notNpm: [/^@temporalio\//],
  },
  playback: {
    code: ['domain', 'storage', 'media', 'broken-requests'],
    types: [],
    notNpm: [/^@temporalio\//],
  },
  republish: { code: ['domain', 'storage', 'media'], types: ['workflows'], notNpm: [/^@temporalio\//] },
  store: {
    code: ['domain', ...TIMED],
    types: ['activities', 'ingest', 'workflows'],
    notNpm: [/^@temporalio\//],
  },
  tokens: { code: ['domain', 'store', ...TIMED], types: [], notNpm: [/^@temporalio\//] },
  // Who may watch what, for the doors of the media role.
  access: { code: ['domain', 'store', 'tokens', ...TIMED], types: [], notNpm: [/^@temporalio\//] },
  temporal: { code: ['domain', 'workflows'], types: ['activities', 'ingest', 'media'] },
  callbacks: {
    code: ['domain', 'store'],
    types: ['activities'],
    notNpm: [/^@temporalio\//],
  },
  activities: {
    code: ['domain', 'storage', 'media', 'store', 'temporal', 'workflows', 'callbacks'],
    types: ['ingest'],
  },
  api: {
    code: ['domain', 'store', 'temporal', 'tokens', 'broken-requests', ...TIMED],
    types: ['workflows', 'activities'],
  },
  settings: { code: ['domain'], types: [] },
  config: { code: ['domain', 'settings'], types: [] },
  logger: { code: [], types: [] },
  deadline: { code: [], types: [], npm: [], node: false },
  // What both HTTP servers say of a request that no handler sees.
  'broken-requests': { code: ['domain'], types: [], npm: [] },
  recurring: { code: [], types: [], npm: [], node: false },
  operator: {
    code: ['domain', 'store', 'tokens', 'callbacks'],
    types: [],
    notNpm: [/^@temporalio\//],
  },
  launch: { code: ['domain', 'config', 'settings', 'store', 'temporal', ...TIMED], types: [] },
};

const layerIn = (src, file) => relative(src, file).split(sep)[0].replace(/\.ts$/, '');

function complaint(layer, rule, file, source, isType, src) {
  if (source.startsWith('.')) {
    const target = resolve(dirname(file), source);
    if (relative(src, target).startsWith('..')) return null;
    const to = layerIn(src, target);
    if (to === layer || rule.code.includes(to)) return null;
    if (isType && (rule.types.includes(to) || EVERYWHERE.includes(to))) return null;
    const asType = rule.types.includes(to) || EVERYWHERE.includes(to);
    return asType ? `${layer} may import ${to} as types only` : `${layer} may not import ${to}`;
  }
  if (source.startsWith('node:')) {
    return rule.node === false ? `${layer} is deterministic: nothing of Node in it` : null;
  }
  if (rule.npm && !rule.npm.some((allowed) => allowed.test(source)))
    return `${layer} may not import ${source}`;
  if (rule.notNpm?.some((refused) => refused.test(source))) return `${layer} may not know ${source}`;
  return null;
}

/** ESLint rule: each import follows the arrows. Entry points (src/bin, src/demo) tie everything together. */
export const layersRule = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const src = resolve(context.cwd, 'src');
    const layer = layerIn(src, context.filename);
    const rule = LAYERS[layer];
    if (!rule) return {};
    const check = (node) => {
      const source = node.source?.value;
      if (typeof source !== 'string') return;
      const kind = node.importKind ?? node.exportKind;
      const named = node.specifiers ?? [];
      const isType = kind === 'type' || (named.length > 0 && named.every((it) => it.importKind === 'type'));
      const message = complaint(layer, rule, context.filename, source, isType, src);
      if (message) context.report({ node, message });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};
