// Exit code 0 where the address answers 200 within 3 s. The image has no curl.
const DEADLINE_MS = 3_000;

try {
  const answer = await fetch(process.argv[2], { signal: AbortSignal.timeout(DEADLINE_MS) });
  process.exitCode = answer.status === 200 ? 0 : 1;
} catch {
  process.exitCode = 1;
}
