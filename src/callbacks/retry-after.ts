/** Longer numbers are no waits but mistakes. */
const SECONDS = /^\d{1,9}$/;

/** A Retry-After header in milliseconds from now: seconds, or a date. Null where there is none that can be read. */
export function retryAfterMs(header: string | undefined, nowMs = Date.now()): number | null {
  if (header === undefined) return null;
  if (SECONDS.test(header.trim())) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
