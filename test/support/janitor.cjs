// Removes the folder of a jest run whose jest was killed: node janitor.cjs <folder>. The end of standard input says so.
const { rmSync } = require('node:fs');

/** What still runs in the folder notices the same, and has 10 s to stop. */
const STOP_PROMISE_MS = 11_000;

const [, , folder] = process.argv;
process.on('SIGINT', () => {});
process.stdin.resume().on('end', () => {
  setTimeout(() => rmSync(folder, { recursive: true, force: true }), STOP_PROMISE_MS);
});
