import { outboundClusterName, type SpanExporterIr } from '@malla/ir';
import { parseDuration } from '@malla/model';
import { isVisible, type MeshService, type MeshSnapshot, type NamedProvider } from '@malla/snapshot';

/** A provider of traces or logs, and the service that it names as far as the workload may see it. */
export interface TelemetryProvider {
  readonly provider: NamedProvider;
  readonly service: MeshService | undefined;
}

/** Every extension provider with its service as workloads of a namespace see it; only OpenTelemetry's have one here. */
export function telemetryProviders(
  { mesh, services }: Pick<MeshSnapshot, 'mesh' | 'services'>,
  namespace: string,
): readonly TelemetryProvider[] {
  return mesh.extensionProviders.map((provider) => {
    const [host = '', ofNamespace] = (provider.opentelemetry?.service ?? '').split('/').reverse();
    const service = services.get(host);
    const seen =
      service !== undefined &&
      (ofNamespace === undefined || ofNamespace === service.namespace) &&
      isVisible(service.exportTo, service.namespace, namespace);
    return { provider, service: seen ? service : undefined };
  });
}

type Headers = NonNullable<NonNullable<NonNullable<NamedProvider['opentelemetry']>['http']>['headers']>;

/** How spans get to a provider; undefined when it takes none, or its service or port is not there. */
export function spanExporter({ provider, service }: TelemetryProvider): SpanExporterIr | undefined {
  const { opentelemetry } = provider;
  if (opentelemetry === undefined || service === undefined) return undefined;
  const { port = 0, http, grpc } = opentelemetry;
  if (!service.ports.some((each) => each.port === port)) return undefined;
  const timeout = http === undefined ? grpc?.timeout : http.timeout;
  const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout);
  return {
    protocol: http === undefined ? { kind: 'grpc' } : { kind: 'http', path: http.path ?? '' },
    cluster: outboundClusterName(port, '', service.host),
    authority: service.host,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    headers: headersOf(http === undefined ? grpc?.initialMetadata : http.headers),
  };
}

function headersOf(headers: Headers = []): SpanExporterIr['headers'] {
  return headers.flatMap(({ name, value }) =>
    name === undefined || value === undefined ? [] : [[name, value] as const],
  );
}
