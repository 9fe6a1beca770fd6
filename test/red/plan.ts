import { reachOf } from './reach';
import { suiteFile, type Row } from './row';

interface Planned {
  row: Row;
  reach: Set<string>;
}

/** May both stand in one copy, so that neither suite can be red by the other's patch? */
function areApart(one: Planned, other: Planned): boolean {
  if (one.row.alone || other.row.alone || one.row.dist || other.row.dist) return false;
  // In one jest process either all name their tests or none does.
  if (one.row.whole !== other.row.whole) return false;
  if (one.row.suite === other.row.suite || one.row.file === other.row.file) return false;
  return !one.reach.has(other.row.file) && !other.reach.has(one.row.file);
}

/**
 * Rows that share a copy and a jest process, since starting those costs more than most suites. One patch, one suite: a
 * suite never shares with a patch in a file that it reaches.
 */
export function plan(rows: readonly Row[]): Row[][] {
  const planned = rows.map((row) => ({ row, reach: reachOf(suiteFile(row)) }));
  const groups: Planned[][] = [];
  // Those that reach much first: the small ones find room beside them.
  for (const one of planned.sort((a, b) => b.reach.size - a.reach.size)) {
    const group = groups.find((members) => members.every((other) => areApart(one, other)));
    if (group) group.push(one);
    else groups.push([one]);
  }
  return groups.map((group) => group.map(({ row }) => row));
}
