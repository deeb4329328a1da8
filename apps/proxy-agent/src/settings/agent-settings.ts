import { identitySettings } from '@malla/grpc';
import type { CommonSettings } from '@malla/observability';
import {
  choice,
  duration,
  hostPort,
  hostPortList,
  integer,
  list,
  optionalSetting,
  pairs,
  path,
  port,
  setting,
  text,
  url,
  type SettingsOf,
} from '@malla/settings';
import { inboundBinds, outboundBinds, portMap, socketAddress } from './binds.ts';
import { labelsFile } from './labels-file.ts';
import { ipAddresses, kubernetesName } from './names.ts';

const workload = {
  workloadName: setting({
    env: 'MALLA_WORKLOAD_NAME',
    alsoEnv: ['POD_NAME'],
    schema: kubernetesName(),
    description: 'Name of the workload, unique in its namespace.',
  }),
  namespace: setting({
    env: 'MALLA_NAMESPACE',
    alsoEnv: ['POD_NAMESPACE'],
    schema: kubernetesName(),
    default: 'default',
    description: 'Its namespace.',
  }),
  serviceAccount: setting({
    env: 'MALLA_SERVICE_ACCOUNT',
    alsoEnv: ['SERVICE_ACCOUNT'],
    schema: kubernetesName(),
    default: 'default',
    description: 'Its service account; with the namespace it is the identity.',
  }),
  labels: setting({ env: 'MALLA_LABELS', schema: pairs(), default: '', description: 'Its labels: key=value,...' }),
  labelsFile: optionalSetting({
    env: 'MALLA_LABELS_FILE',
    schema: labelsFile(),
    description: 'File of labels, name="value" a line, as Kubernetes mounts those of a pod; MALLA_LABELS wins.',
  }),
  addresses: setting({
    env: 'MALLA_ADDRESS',
    alsoEnv: ['INSTANCE_IPS', 'INSTANCE_IP'],
    schema: ipAddresses(),
    default: '127.0.0.1',
    description: 'IP addresses that peers reach it at; the first is preferred. auto: those of this network namespace.',
  }),
  ports: setting({
    env: 'MALLA_PORTS',
    schema: portMap(),
    default: '',
    description:
      'Ports that peers connect to: NAME=PORT,... by service port name or target port. MALLA_INBOUND adds its own.',
  }),
  clusterId: setting({
    env: 'MALLA_CLUSTER',
    schema: text(),
    default: 'local',
    description: 'Cluster that it runs in.',
  }),
  network: optionalSetting({ env: 'MALLA_NETWORK', schema: text(), description: 'Network that it is on.' }),
  locality: optionalSetting({ env: 'MALLA_LOCALITY', schema: text(), description: 'region/zone/subzone.' }),
  registration: setting({
    env: 'MALLA_REGISTRATION',
    schema: choice(['on', 'off']),
    default: 'on',
    description:
      'off: discovery knows the workload from elsewhere, as a pod from its cluster; the agent does not register it.',
  }),
  weight: setting({
    env: 'MALLA_WEIGHT',
    schema: integer({ min: 1, max: 10_000 }),
    default: '1',
    description: 'Share of load.',
  }),
};

const traffic = {
  proxyType: setting({
    env: 'MALLA_PROXY_TYPE',
    schema: choice(['sidecar', 'router']),
    default: 'sidecar',
    description:
      'sidecar: beside one application. router: a gateway, which listens for what Gateways say that select its labels, and has no other listeners.',
  }),
  interception: setting({
    env: 'MALLA_INTERCEPTION_MODE',
    schema: choice(['NONE', 'REDIRECT']),
    default: 'NONE',
    description: 'NONE: the listeners below. REDIRECT: iptables send traffic to ports 15001 and 15006.',
  }),
  inbound: setting({
    env: 'MALLA_INBOUND',
    schema: inboundBinds(),
    default: '',
    description:
      'Listeners for peers, TARGETPORT=IP:PORT>IP:PORT,... : target port, where peers connect, where the application listens.',
  }),
  outbound: setting({
    env: 'MALLA_OUTBOUND',
    schema: outboundBinds(),
    default: '',
    description: 'Listeners for the application, HOST:PORT=IP:PORT,... : one per service port that it calls.',
  }),
  httpProxy: optionalSetting({
    env: 'MALLA_HTTP_PROXY_LISTEN',
    schema: socketAddress(),
    description: 'One listener for all HTTP services, by Host header: IP:PORT.',
  }),
};

const controlPlane = {
  ...identitySettings('.malla/proxy-agent'),
  discovery: setting({
    env: 'MALLA_DISCOVERY_ADDRESS',
    schema: hostPortList(),
    default: '127.0.0.1:15012',
    description: 'Replicas of discovery: host:port,...',
  }),
  telemetry: optionalSetting({
    env: 'MALLA_TELEMETRY_ADDRESS',
    schema: hostPort(),
    description: 'policy-telemetry, for access logs; none: they are dropped.',
  }),
  domainSuffix: setting({
    env: 'MALLA_DOMAIN_SUFFIX',
    schema: text(),
    default: 'cluster.local',
    description: 'Suffix of service hosts.',
  }),
  socketPath: optionalSetting({
    env: 'MALLA_SOCKET',
    schema: path(),
    description: 'Unix socket for the data plane; default run/agent.sock in MALLA_STATE_DIR.',
  }),
};

const dataPlane = {
  dataPlane: setting({
    env: 'MALLA_DATA_PLANE',
    schema: choice(['envoy', 'builtin', 'grpc', 'none']),
    default: 'envoy',
    description:
      'envoy or builtin (the data plane of this project): run it; MALLA_ENVOY_* hold for both. grpc or none: run nothing, serve gRPC xDS clients (GRPC_XDS_BOOTSTRAP is grpc-bootstrap.json in MALLA_STATE_DIR).',
  }),
  envoyBinary: optionalSetting({
    env: 'MALLA_ENVOY',
    schema: path(),
    description: 'The Envoy program; default: PATH, then .tools/bin.',
  }),
  envoyXds: setting({
    env: 'MALLA_ENVOY_XDS',
    schema: choice(['delta', 'sotw']),
    default: 'delta',
    description: 'Variant of ADS between the proxy and the agent.',
  }),
  envoyConcurrency: setting({
    env: 'MALLA_ENVOY_CONCURRENCY',
    schema: integer({ min: 1, max: 512 }),
    default: '2',
    description: "The proxy's worker threads.",
  }),
  envoyLogLevel: setting({
    env: 'MALLA_ENVOY_LOG_LEVEL',
    schema: choice(['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off']),
    default: 'warning',
    description: "The proxy's log level, in Envoy's words.",
  }),
  envoyAdminPort: setting({
    env: 'MALLA_ENVOY_ADMIN_PORT',
    schema: port(),
    default: '15000',
    description: "The proxy's admin port on loopback; 0: a Unix socket only.",
  }),
  envoyPrometheusPort: setting({
    env: 'MALLA_ENVOY_PROMETHEUS_PORT',
    schema: port(),
    default: '15090',
    description: "The proxy's own metrics; 0: off.",
  }),
  envoyReadinessPort: setting({
    env: 'MALLA_ENVOY_READINESS_PORT',
    schema: port(),
    default: '15021',
    description: 'Readiness for probes from other hosts, through the proxy; 0: off.',
  }),
  envoyMaxConnections: setting({
    env: 'MALLA_ENVOY_MAX_CONNECTIONS',
    schema: integer({ min: 1, max: 2_147_483_647 }),
    default: '1000000',
    description: 'Connections that the proxy accepts at a time.',
  }),
  envoyMaxHeapBytes: optionalSetting({
    env: 'MALLA_ENVOY_MAX_HEAP_BYTES',
    schema: integer({ min: 1 << 24 }),
    description: 'Heap (builtin: memory of the process) at which the data plane refuses requests.',
  }),
  envoyStatsPrefixes: setting({
    env: 'MALLA_ENVOY_STATS_PREFIXES',
    schema: list(),
    default: '',
    description: 'Statistics that the proxy makes besides the needed ones: prefixes; none: all.',
  }),
};

const application = {
  appHealth: optionalSetting({
    env: 'MALLA_APP_HEALTH',
    schema: url(['http', 'tcp']),
    description: 'What says that the application is well: http://IP:PORT/PATH or tcp://IP:PORT; none: it always is.',
  }),
  appHealthInterval: setting({
    env: 'MALLA_APP_HEALTH_INTERVAL',
    schema: duration({ min: 50 }),
    default: '2s',
    description: 'Time between two checks, and the longest that one may take.',
  }),
  appHealthFailures: setting({
    env: 'MALLA_APP_HEALTH_FAILURES',
    schema: integer({ min: 1, max: 100 }),
    default: '2',
    description: 'Failures in a row that take it out of rotation.',
  }),
  appMetrics: optionalSetting({
    env: 'MALLA_APP_METRICS',
    schema: url(['http']),
    description: "The application's Prometheus page, merged into /stats/prometheus.",
  }),
  metricsMaxLabelSets: setting({
    env: 'MALLA_METRICS_MAX_LABEL_SETS',
    schema: integer({ min: 1, max: 1_000_000 }),
    default: '1000',
    description: "Label sets of each of Istio's metrics on /stats/prometheus; more are left out, and counted.",
  }),
  drainDuration: setting({
    env: 'MALLA_DRAIN_DURATION',
    schema: duration(),
    default: '5s',
    description: 'How long requests in flight may take when the agent stops; bounded by MALLA_SHUTDOWN_TIMEOUT.',
  }),
};

/** Every setting of the agent, besides those common to all services. */
export const agentSettings = { ...workload, ...traffic, ...controlPlane, ...dataPlane, ...application };

/** The values of {@link agentSettings} and the common settings. */
export type AgentSettings = SettingsOf<typeof agentSettings & CommonSettings>;

/** Whether the agent runs a proxy that carries the workload's traffic, and so its mutual TLS. */
export function runsProxy({ dataPlane }: Pick<AgentSettings, 'dataPlane'>): boolean {
  return dataPlane === 'envoy' || dataPlane === 'builtin';
}
