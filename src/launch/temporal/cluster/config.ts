import { DYNAMIC_CONFIG } from '../dynamic-config';

/** Never wider than this machine, whatever HOST says. */
const LISTEN_ADDRESS = '127.0.0.1';
/** As many as the vendor's own template has; on one machine more of them only poll more. It can never be changed later. */
const HISTORY_SHARDS = 4;
/** Of the vendor's own template, for each of the four services. */
const MAX_CONNECTIONS = { temporal: 20, temporal_visibility: 10 };

/** The plugin for every Postgres from 12 on, of the server as well as of its SQL tool. */
export const SQL_PLUGIN = 'postgres12';
/** Main store and visibility store: each with the schema of its name inside the SQL tool. */
export const DATABASES = {
  temporal: 'postgresql/v12/temporal',
  temporal_visibility: 'postgresql/v12/visibility',
} as const;
export type ClusterDatabase = keyof typeof DATABASES;

/** Where the cluster's databases are, and its own account there. */
export interface ClusterSql {
  host: string;
  port: number;
  user: string;
  password: string;
}

export const SERVICES = ['frontend', 'history', 'matching', 'worker'] as const;
export type Service = (typeof SERVICES)[number];
export type ServicePorts = Record<Service, { grpc: number; membership: number }>;

function store(sql: ClusterSql, databaseName: ClusterDatabase) {
  const maxConns = MAX_CONNECTIONS[databaseName];
  return {
    sql: {
      pluginName: SQL_PLUGIN,
      databaseName,
      connectAddr: `${sql.host}:${sql.port}`,
      connectProtocol: 'tcp',
      user: sql.user,
      password: sql.password,
      maxConns,
      maxIdleConns: maxConns,
      maxConnLifetime: '1h',
    },
  };
}

/**
 * The server's configuration: all four services in one process, on loopback. It holds the database password, so it goes
 * into a file of its owner alone. Written as JSON, which is YAML.
 */
export function clusterConfig(sql: ClusterSql, ports: ServicePorts, dynamicConfigFile: string) {
  const services = SERVICES.map((name) => {
    const { grpc, membership } = ports[name];
    return [name, { rpc: { grpcPort: grpc, membershipPort: membership, bindOnLocalHost: true } }] as const;
  });
  const local = {
    enabled: true,
    initialFailoverVersion: 1,
    rpcName: 'frontend',
    rpcAddress: `${LISTEN_ADDRESS}:${ports.frontend.grpc}`,
  };
  return {
    // Its readiness is a line of this level; at rest it writes next to nothing.
    log: { stdout: true, level: 'info', format: 'json' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: HISTORY_SHARDS,
      datastores: { default: store(sql, 'temporal'), visibility: store(sql, 'temporal_visibility') },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: LISTEN_ADDRESS } },
    services: Object.fromEntries(services),
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: { active: local },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } },
    namespaceDefaults: { archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } } },
    dynamicConfigClient: { filepath: dynamicConfigFile, pollInterval: '60s' },
  };
}

/** The file that `dynamicConfigFile` names. */
export const dynamicConfig = () =>
  Object.fromEntries(Object.entries(DYNAMIC_CONFIG).map(([key, value]) => [key, [{ value }]]));

/** Of the web UI, which finds everything else by asking the server. */
export const uiConfig = (uiPort: number, temporalAddress: string, namespace: string) => ({
  temporalGrpcAddress: temporalAddress,
  host: LISTEN_ADDRESS,
  port: uiPort,
  enableUi: true,
  defaultNamespace: namespace,
  disableNewsFetch: true,
  // Its own pages only: the stock setting lets every site read.
  cors: {
    allowOrigins: [`http://${LISTEN_ADDRESS}:${uiPort}`, `http://localhost:${uiPort}`],
    cookieInsecure: true,
  },
});
