/** How many ended sessions a key remembers, so that an unpublish that overtakes its publish wins (design.md section 3). */
export const REMEMBERED_SESSIONS = 20;
/** How many rooms a key remembers as ended before they claimed. More than a member starts in a minute by hand. */
export const REMEMBERED_ROOMS = 20;
/** How many answers a key hands on to its next run. Askers repeat a question within seconds, and a key is asked a few times a show. */
export const REMEMBERED_ANSWERS = 20;

/** Adds to a bounded list, the oldest goes first. A plain array: it must survive JSON. */
export function remember<T>(list: T[], item: T, limit: number): T[] {
  if (list.includes(item)) return list;
  return [...list, item].slice(-limit);
}
