const toCommonJs = [
  '@swc/jest',
  { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': toCommonJs,
    'node_modules/jose/.+\\.js$': toCommonJs,
  },
  // Published as ES modules only: Node requires them as they are, jest does not.
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // Suites share two cores and real servers: one at a time, but where scripts/test.mjs says otherwise.
  maxWorkers: 1,
  testTimeout: 30_000,
};
