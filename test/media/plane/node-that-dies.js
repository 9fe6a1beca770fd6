// A process of its own for the salvage tests: runs a session, goes live, plays until it is killed.
const { transformSync } = require('@swc/core');
const { readFileSync } = require('node:fs');
require.extensions['.ts'] = (module, file) => {
  const options = {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  };
  module._compile(transformSync(readFileSync(file, 'utf8'), { ...options, filename: file }).code, file);
};
const { run } = require('./node-that-dies-run.ts');
void run(process.argv[2], process.argv[3]);
