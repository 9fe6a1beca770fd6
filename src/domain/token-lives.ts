const SECOND_MS = 1_000;
const DAY_SECONDS = 24 * 60 * 60;

/** How long a member API token lets in (the seed's "Getting started"). */
export const ACCESS_TOKEN_SECONDS = DAY_SECONDS;
/** What an app may set for its streaming tokens: from a test's minute to a week of an embedded player. */
export const MIN_STREAMING_TOKEN_SECONDS = 60;
export const MAX_STREAMING_TOKEN_SECONDS = 7 * DAY_SECONDS;
/** A login that nobody renews for a month is over. Each renewal begins the month anew. */
export const REFRESH_TOKEN_SECONDS = 30 * DAY_SECONDS;
/** A phone that lost the answer asks again within this time, and gets the same tokens. Later it is a thief, or was robbed. */
export const REFRESH_REPLAY_MS = 30 * SECOND_MS;

/** Was a token of this time taken back? `validAfter` is the member's `tokens_valid_after`. */
export const isTakenBack = (issuedAtMs: number, validAfter: Date | null): boolean =>
  validAfter !== null && issuedAtMs < validAfter.getTime();

/**
 * When a token that is made now counts as issued: never before the member's earlier tokens were taken back, since the clocks
 * of two hosts differ.
 */
export const issueTimeMs = (nowMs: number, validAfter: Date | null): number =>
  Math.max(nowMs, validAfter?.getTime() ?? 0);
