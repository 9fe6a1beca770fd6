/** How often a condition that can't be told is looked at. */
const LOOK_EVERY_MS = 25;

/**
 * Waits until `fn` gives something truthy and returns it. An error of `fn` counts as "not yet" and is told at the deadline.
 * Rejects after `timeoutMs` naming `what`.
 */
export async function until<T>(
  fn: () => T | Promise<T>,
  { timeoutMs, what, everyMs = LOOK_EVERY_MS }: { timeoutMs: number; what: string; everyMs?: number },
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await fn();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= deadline) {
      throw new Error(`waited ${timeoutMs} ms for ${what}`, last === undefined ? {} : { cause: last });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
