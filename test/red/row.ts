/** One small bug on purpose, and the test that must notice it. */
export interface Row {
  /** The suite, as `unit/domain/ids` for test/unit/domain/ids.test.ts. */
  suite: string;
  /** Part of the name of the test that must fail, with its describe: what jest's `-t` takes, but plain text. */
  test: string;
  file: string;
  /** Occurs exactly once in the file. */
  find: string;
  replace: string;
  /** What is broken by it, in the words of whoever would have to mend it. */
  why: string;
  /** Part of `.ci/run`. */
  fast?: true;
  /** The suite runs what is built. */
  dist?: true;
  /** The suite's tests build on each other: all of them are run. */
  whole?: true;
  /** Must not share a copy with another patch, for instance since the suite reads files as text. */
  alone?: true;
}

export const suiteFile = ({ suite }: Pick<Row, 'suite'>): string => `test/${suite}.test.ts`;

/** Rows that `.ci/run` runs too. */
export const fast = (rows: Row[]): Row[] => rows.map((row) => ({ ...row, fast: true }));
