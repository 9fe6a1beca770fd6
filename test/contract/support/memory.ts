import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What this process really holds: heap, buffers and other memory outside the heap, after a collection. */
export function usedBytes(): number {
  collect();
  // What hangs on weak references goes in the second round.
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
