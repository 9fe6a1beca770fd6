import { Client, Connection } from '@temporalio/client';

/** A start of ours waits this long for Temporal before the role gives up and is started anew by its supervisor. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Connects a client. Whoever connects closes `client.connection`. */
export async function connectClient(options: { address: string; namespace: string }): Promise<Client> {
  const connection = await Connection.connect({ address: options.address, connectTimeout: CONNECT_TIMEOUT_MS });
  return new Client({ connection, namespace: options.namespace });
}

/** Runs calls with a deadline from now. A call that ran out of time may still be carried out by the server. */
export function within<T>(client: Client, timeoutMs: number, call: () => Promise<T>): Promise<T> {
  return client.connection.withDeadline(Date.now() + timeoutMs, call);
}
