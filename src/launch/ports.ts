import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** A port that we are about to use, with the variable that sets it. */
export interface WantedPort {
  variable: string;
  port: number;
  host: string;
}

/** Listens for a moment; answers the port, or throws the listener's error. */
function tryListen(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}

/** A port that is free now. Somebody else may take it before we do; the start that loses says so. */
export const freePort = (host = '127.0.0.1'): Promise<number> => tryListen(host, 0);

/** Above what well-known services like to take, and below what Linux gives to outgoing connections by itself (32768 on). */
const QUIET_PORTS = { from: 20_000, to: 32_767 };
/** All but full where this many in a row are taken. */
const MAX_QUIET_TRIES = 100;

/** As `freePort`, but one that no outgoing connection takes meanwhile: for what is started again at the same port. */
export async function quietFreePort(): Promise<number> {
  for (let tries = 0; tries < MAX_QUIET_TRIES; tries += 1) {
    const port = randomInt(QUIET_PORTS.from, QUIET_PORTS.to + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port from ${QUIET_PORTS.from} to ${QUIET_PORTS.to} was found.`);
}

/** True where it can be listened on now. */
export const isFree = (port: number, host = '127.0.0.1'): Promise<boolean> =>
  tryListen(host, port).then(
    () => true,
    () => false,
  );

/** Throws one error that names each port that can't be used, its variable and why. */
export async function requireFreePorts(wanted: WantedPort[]): Promise<void> {
  const problems: string[] = [];
  for (const { variable, port, host } of wanted) {
    try {
      await tryListen(host, port);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE')
        problems.push(`Port ${port} is taken. Stop what uses it, or set ${variable} to another.`);
      else if (code === 'EACCES')
        problems.push(`Port ${port} needs more rights. Set ${variable} to one above 1023.`);
      else problems.push(`Port ${port} (${variable}) on ${host} can't be used: ${(error as Error).message}.`);
    }
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
}
