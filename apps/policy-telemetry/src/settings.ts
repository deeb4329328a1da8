import { identitySettings } from '@malla/grpc';
import { duration, integer, port, setting, text } from '@malla/settings';

/** Settings of policy-telemetry, besides those of every service. */
export const policyTelemetrySettings = {
  ...identitySettings('.malla/policy-telemetry'),
  grpcHost: setting({
    env: 'MALLA_GRPC_HOST',
    schema: text(),
    default: '0.0.0.0',
    description: 'Address of the access-log service (mutual TLS).',
  }),
  grpcPort: setting({
    env: 'MALLA_GRPC_PORT',
    schema: port(),
    default: '15016',
    description: 'Port of the access-log service.',
  }),
  signalRetention: setting({
    env: 'MALLA_SIGNAL_RETENTION',
    schema: duration({ min: 60_000, max: 24 * 3_600_000 }),
    default: '1h',
    description: 'How long golden signals are kept in memory.',
  }),
  signalMaxPairs: setting({
    env: 'MALLA_SIGNAL_MAX_PAIRS',
    schema: integer({ min: 1, max: 1_000_000 }),
    default: '10000',
    description: 'Most service pairs in ten seconds; records of further ones are counted as dropped.',
  }),
};
