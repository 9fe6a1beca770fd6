/** A wrong option: told as a sentence, since a trace would say nothing more. */
export class UsageError extends Error {}

const isUsage = (error: unknown): boolean =>
  error instanceof UsageError || String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');

/** Runs a program of ours. Exit code 2: it was called wrongly; 1: it broke. What it sets itself stays. */
export async function runTool(main: () => Promise<void> | void): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(isUsage(error) ? (error as Error).message : error);
    process.exitCode = isUsage(error) ? 2 : 1;
  }
}
