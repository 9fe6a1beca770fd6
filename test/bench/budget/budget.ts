import type { Milestone } from './milestones';

/** A command's time, cut at its milestones. Each piece is named by what ended it; together they are the whole. */
export interface Piece {
  name: string;
  ms: number;
}

/** Times are Unix milliseconds of one clock; what lies outside the two ends is not on the way. */
export function pieces(askedAt: number, milestones: readonly Milestone[], answeredAt: number): Piece[] {
  const inside = milestones.filter(({ at }) => at >= askedAt && at <= answeredAt).sort((a, b) => a.at - b.at);
  const ends = [...inside, { name: 'the answer reaches the caller', at: answeredAt }];
  return ends.map(({ name, at }, i) => ({ name, ms: at - (ends[i - 1]?.at ?? askedAt) }));
}
