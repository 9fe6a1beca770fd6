import { z } from 'zod';

/** What a database trigger says on the channel `showrunner_access`: facts of this row, or that hang on it, have changed. */
const change = z.object({
  appId: z.int(),
  entity: z.enum(['app', 'member', 'videoRoom', 'videoPost']),
  id: z.int(),
});

export type Change = z.output<typeof change>;

/** Null for what is no change of ours. */
export function parseChange(payload: string): Change | null {
  try {
    return change.safeParse(JSON.parse(payload)).data ?? null;
  } catch {
    return null;
  }
}
