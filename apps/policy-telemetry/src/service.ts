import { GrpcServer, healthHandlers, HealthService, openIdentity, type MeshIdentity } from '@malla/grpc';
import type { ServiceContext, ServiceDefinition } from '@malla/observability';
import { AccessLogService } from '@malla/protos/gen/envoy/service/accesslog/v3/als_pb';
import { TelemetryQuery } from '@malla/protos/gen/malla/telemetry/v1/telemetry_pb';
import { controlPlaneId } from '@malla/spiffe';
import { Policies } from './policy/policies.ts';
import { PolicyTelemetryModule } from './policy-telemetry.module.ts';
import { policyTelemetrySettings } from './settings.ts';
import { accessLogHandlers } from './signals/access-log-service.ts';
import { Signals } from './signals/signals.ts';
import { signalsHandlers } from './signals/signals-service.ts';

type Context = ServiceContext<typeof policyTelemetrySettings>;

/** policy-telemetry: access logs in, golden signals out; rate limits and API keys decided. */
export function policyTelemetry(version: string): ServiceDefinition<typeof policyTelemetrySettings> {
  let signals: Signals;
  let server: GrpcServer | undefined;
  let identity: MeshIdentity | undefined;
  let policies: Policies | undefined;
  return {
    name: 'policy-telemetry',
    description: 'rate limits, API keys and golden signals',
    version,
    settings: policyTelemetrySettings,
    httpPort: '15018',
    module(context) {
      signals = new Signals(context);
      return PolicyTelemetryModule.forRoot(signals.queries);
    },
    async start(_app, context) {
      const { settings, logger, health } = context;
      const spiffeId = controlPlaneId('policy-telemetry', settings.trustDomain);
      signals.start();
      identity = openIdentity({ settings, spiffeId, logger, health: health.check('identity') });
      await identity.start();
      policies = new Policies(context, identity);
      policies.start();
      server = grpcServer(context, signals);
      policies.addTo(server);
      const credentials = identity.serverCredentials('required');
      await server.listen({
        host: settings.grpcHost,
        port: settings.grpcPort,
        credentials,
        setting: 'MALLA_GRPC_PORT',
      });
    },
    async stop() {
      await server?.close();
      await policies?.stop();
      await signals.stop();
      identity?.close();
    },
  };
}

function grpcServer({ settings, logger, metrics, health }: Context, signals: Signals): GrpcServer {
  const { trustDomain } = settings;
  const { queries } = signals;
  return new GrpcServer({ name: 'the gRPC server of policy-telemetry', logger, metrics })
    .add(HealthService, healthHandlers(health))
    .add(TelemetryQuery, signalsHandlers({ queries, trustDomain, now: Date.now }))
    .add(AccessLogService, accessLogHandlers({ trustDomain, logger, record: (record) => signals.record(record) }));
}
