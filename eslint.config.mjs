import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { layersRule } from './scripts/lint/layers.mjs';

const MAX_FILE_LINES = 400;

/** What makes a replay differ from the first run. Temporal gives workflows their own time; the domain needs none. */
const INDETERMINATE = [
  { name: 'Date', message: 'No clock here: time comes in with the event.' },
  { name: 'performance', message: 'No clock here: time comes in with the event.' },
  { name: 'setTimeout', message: 'No timers here: Temporal owns time (sleep, condition).' },
  { name: 'setInterval', message: 'No timers here: Temporal owns time (sleep, condition).' },
  { name: 'setImmediate', message: 'No timers here: Temporal owns time (sleep, condition).' },
  { name: 'crypto', message: 'No random here.' },
  { name: 'process', message: 'Nothing of Node here.' },
  { name: 'Buffer', message: 'Nothing of Node here.' },
  { name: 'fetch', message: 'No I/O here.' },
];

export default defineConfig(
  {
    ignores: ['node_modules/', 'dist/', 'data/', 'coverage/'],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { house: { rules: { layers: layersRule } } },
    rules: {
      'max-lines': ['error', { max: MAX_FILE_LINES }],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'house/layers': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Settings come from src/config.ts; nothing else reads the environment.',
        },
        {
          selector:
            'CallExpression[callee.property.name=/^(exec|execSync)$/][callee.object.name=/child_process|cp/]',
          message: 'Programs are spawned with an argument array, never through a shell.',
        },
      ],
    },
  },
  {
    // Entry points and the supervisor hand the environment on.
    files: ['src/bin/**/*.ts', 'src/launch/**/*.ts', 'src/demo/**/*.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['src/domain/**/*.ts', 'src/workflows/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...INDETERMINATE],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'No random here: a replay must see the same.' },
      ],
    },
  },
  {
    // The one place that reads Temporal's deterministic clock.
    files: ['src/workflows/time.ts'],
    rules: { 'no-restricted-globals': ['error', ...INDETERMINATE.filter(({ name }) => name !== 'Date')] },
  },
  {
    files: ['src/demo/**/*.ts', 'scripts/**/*.ts', 'test/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', '@typescript-eslint/no-explicit-any': 'off' },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    rules: { 'max-lines': ['error', { max: MAX_FILE_LINES }], eqeqeq: 'error', 'no-unused-vars': 'error' },
  },
);
