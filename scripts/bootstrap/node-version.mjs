import { Stop } from './say.mjs';

const OLDEST = [20, 19];

/** Everything else needs it, so it is looked at before anything is installed. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new Stop(`Showrunner needs Node ${OLDEST.join('.')} or newer; this is ${process.versions.node}.`);
}
