import {
  Health as HealthService,
  HealthCheckResponse_ServingStatus as Serving,
} from '@malla/protos/gen/grpc/health/v1/health_pb';
import type { Health } from '@malla/observability';
import type { ServiceHandlers } from './handlers.ts';

/** Serves gRPC's health protocol from the service's own health: SERVING while it is ready. The service name is not looked at. */
export function healthHandlers(health: Health): ServiceHandlers<typeof HealthService> {
  const status = (): Serving => (health.report().ready ? Serving.SERVING : Serving.NOT_SERVING);
  return {
    check: () => ({ status: status() }),
    async watch(_request, stream) {
      let sent: Serving | undefined;
      const send = (): void => {
        if (sent === status()) return;
        sent = status();
        stream.send({ status: sent });
      };
      send();
      const stop = health.onChange(send);
      await new Promise<void>((resolve) => stream.signal.addEventListener('abort', () => resolve()));
      stop();
    },
  };
}

export { HealthService };
