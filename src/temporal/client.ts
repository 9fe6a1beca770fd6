import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

/** A start of ours waits this long for Temporal before the role gives up and is started anew by its supervisor. */
const CONNECT_TIMEOUT_MS = 10_000;

/** gRPC's stock of up to 120 s would keep a role away from Temporal long after its return. */
const RECONNECT_MIN_MS = 200;
const RECONNECT_MAX_MS = 1_000;
export const CHANNEL_ARGS = {
  'grpc.initial_reconnect_backoff_ms': RECONNECT_MIN_MS,
  'grpc.max_reconnect_backoff_ms': RECONNECT_MAX_MS,
};

/**
 * The first wait of a repeated call; each next one is 1.7 times as long. Temporal says RESOURCE_EXHAUSTED also of an Update that met
 * a run which was just continued as new, and the SDK's stock answer to that is to wait for 1.7 s: most of a publish's time.
 */
const FIRST_RETRY_MS = 50;

/** Connects a client. Whoever connects closes `client.connection`. */
export async function connectClient(options: { address: string; namespace: string }): Promise<Client> {
  const { address } = options;
  const connection = await Connection.connect({
    address,
    connectTimeout: CONNECT_TIMEOUT_MS,
    channelArgs: CHANNEL_ARGS,
    interceptors: [
      makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ initialIntervalMs: () => FIRST_RETRY_MS })),
    ],
  });
  return new Client({ connection, namespace: options.namespace });
}

/** Runs calls with a deadline from now. A call that ran out of time may still be carried out by the server. */
export function within<T>(client: Client, timeoutMs: number, call: () => Promise<T>): Promise<T> {
  return client.connection.withDeadline(Date.now() + timeoutMs, call);
}

/** Asking for the server's facts takes a millisecond; a server that needs longer than this is not there. */
const PING_TIMEOUT_MS = 2_000;

/** Rejects where Temporal can't be reached. */
export async function ping(client: Client): Promise<void> {
  await within(client, PING_TIMEOUT_MS, () => client.connection.workflowService.getSystemInfo({}));
}
