// The process that does the fuzzing: a hang or a crash ends it, and its parent says so.
require('../../scripts/support/ts-register.cjs');
const { Engine } = require('./engine.ts');

process.once('message', (options) => {
  const engine = new Engine(
    options,
    (finding) => process.send({ finding }),
    (progress) => process.send({ progress }),
  );
  process.on('uncaughtException', (error) => engine.stray(error));
  process.on('unhandledRejection', (error) => engine.stray(error));
  engine.run().then(
    () => process.send({ over: true }, () => process.exit(0)),
    (error) => {
      engine.stray(error);
      process.send({ over: true }, () => process.exit(1));
    },
  );
});
