import { identitySettings } from '@malla/grpc';
import { duration, hostPort, integer, optionalSetting, port, PrivateText, setting, text, url } from '@malla/settings';

/** Settings of policy-telemetry, besides those of every service. */
export const policyTelemetrySettings = {
  ...identitySettings('.malla/policy-telemetry'),
  grpcHost: setting({
    env: 'MALLA_GRPC_HOST',
    schema: text(),
    default: '0.0.0.0',
    description: 'Address of the services for proxies: access logs, rate limits, external authorization (mutual TLS).',
  }),
  grpcPort: setting({
    env: 'MALLA_GRPC_PORT',
    schema: port(),
    default: '15016',
    description: 'Port of the services for proxies.',
  }),
  configAddress: setting({
    env: 'MALLA_CONFIG_ADDRESS',
    schema: hostPort(),
    default: '127.0.0.1:16444',
    description: "config-api's gRPC server: limits and API keys come from there.",
  }),
  redisUrl: setting({
    env: 'REDIS_URL',
    flag: null,
    schema: url(['redis', 'rediss']).transform((value) => new PrivateText(value)),
    default: 'redis://127.0.0.1:6379',
    description: 'Redis or Valkey of the mesh: counts of rate limits, and jobs.',
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
  rateLimitTimeout: setting({
    env: 'MALLA_RATE_LIMIT_TIMEOUT',
    schema: duration({ min: 1, max: 10_000 }),
    default: '250ms',
    description: 'How long Redis may take to decide a call; then the failure mode of the RateLimit decides.',
  }),
  databaseUrl: optionalSetting({
    env: 'DATABASE_URL',
    flag: null,
    schema: url(['postgres', 'postgresql']).transform((value) => new PrivateText(value)),
    description:
      'Postgres 15 or newer for golden signals; may be that of config-api. If not set, they are in memory only.',
  }),
  signalRetention: setting({
    env: 'MALLA_SIGNAL_RETENTION',
    schema: duration({ min: 300_000, max: 24 * 3_600_000 }),
    default: '1h',
    description: 'How long golden signals are kept by ten seconds; without a database, how long they are kept at all.',
  }),
  signalRetentionMinutes: setting({
    env: 'MALLA_SIGNAL_RETENTION_MINUTES',
    schema: duration({ min: 3_600_000 }),
    default: '48h',
    description: 'How long golden signals are kept by minutes.',
  }),
  signalRetentionHours: setting({
    env: 'MALLA_SIGNAL_RETENTION_HOURS',
    schema: duration({ min: 86_400_000 }),
    default: '720h',
    description: 'How long golden signals are kept by hours.',
  }),
  signalRetentionDays: setting({
    env: 'MALLA_SIGNAL_RETENTION_DAYS',
    schema: duration({ min: 86_400_000 }),
    default: '9600h',
    description: 'How long golden signals are kept by days.',
  }),
  signalMaxPairs: setting({
    env: 'MALLA_SIGNAL_MAX_PAIRS',
    schema: integer({ min: 1, max: 1_000_000 }),
    default: '10000',
    description: 'Most pairs of source and destination in ten seconds; records of further ones are counted as dropped.',
  }),
};
