import { identitySettings } from '@malla/grpc';
import { kubeSettings } from '@malla/kube';
import { duration, hostPort, port, PrivateText, setting, text, url } from '@malla/settings';

/** Settings of discovery, besides those of every service. */
export const discoverySettings = {
  ...identitySettings('.malla/discovery'),
  grpcHost: setting({
    env: 'MALLA_GRPC_HOST',
    schema: text(),
    default: '0.0.0.0',
    description: 'Address of ADS and the workload registry (mutual TLS).',
  }),
  grpcPort: setting({
    env: 'MALLA_GRPC_PORT',
    schema: port(),
    default: '15012',
    description: 'Port of ADS and the workload registry.',
  }),
  plaintextPort: setting({
    env: 'MALLA_PLAINTEXT_PORT',
    schema: port(),
    default: '0',
    description:
      'Port on loopback for ADS without TLS and without identity checks, for tools and benchmarks; 0 is off.',
  }),
  configAddress: setting({
    env: 'MALLA_CONFIG_ADDRESS',
    schema: hostPort(),
    default: '127.0.0.1:16444',
    description: "config-api's gRPC server.",
  }),
  redisUrl: setting({
    env: 'REDIS_URL',
    flag: null,
    schema: url(['redis', 'rediss']).transform((value) => new PrivateText(value)),
    default: 'redis://127.0.0.1:6379',
    description: 'Redis or Valkey of the mesh: leases of workloads, and what proxies acknowledged.',
  }),
  meshId: setting({
    env: 'MALLA_MESH_ID',
    schema: text(),
    default: 'default',
    description: 'Id of the mesh, in keys of Redis and rows of the database.',
  }),
  rootNamespace: setting({
    env: 'MALLA_ROOT_NAMESPACE',
    schema: text(),
    default: 'istio-system',
    description: 'Namespace of policies that apply to the whole mesh.',
  }),
  ...kubeSettings,
  clusterId: setting({
    env: 'MALLA_CLUSTER_ID',
    schema: text(),
    default: 'Kubernetes',
    description: 'Name of the Kubernetes cluster, as telemetry shows it of its Pods.',
  }),
  replica: setting({
    env: 'MALLA_REPLICA',
    schema: text(),
    default: 'discovery-0',
    description: 'Name of this replica, as proxy-status shows it.',
  }),
  leaseDuration: setting({
    env: 'MALLA_LEASE_DURATION',
    schema: duration({ min: 1000, max: 3_600_000 }),
    default: '10s',
    description: 'A workload that does not renew its registration for so long leaves rotation.',
  }),
  debounceAfter: setting({
    env: 'MALLA_DEBOUNCE_AFTER',
    schema: duration({ max: 10_000 }),
    default: '10ms',
    description: 'Changes are pushed when there were no more for so long.',
  }),
  debounceMax: setting({
    env: 'MALLA_DEBOUNCE_MAX',
    schema: duration({ max: 60_000 }),
    default: '100ms',
    description: 'Changes are pushed at the latest after so long.',
  }),
};
