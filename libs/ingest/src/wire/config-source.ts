import {
  ApiConfigSource_ApiType as ApiType,
  ApiVersion,
  type ApiConfigSource,
  type ConfigSource,
} from '@malla/protos/gen/envoy/config/core/v3/config_source_pb';
import type { FieldReader } from './field-reader.ts';
import { readGrpcCluster } from './grpc-service.ts';

/** Where a resource comes from. */
export interface Source {
  readonly source: { readonly kind: 'ads' } | { readonly kind: 'cluster'; readonly cluster: string };
  /** How long its user waits for a first answer; 0: for ever. Envoy's default is 15 s. */
  readonly fetchTimeoutMs: number;
}

const defaultFetchTimeoutMs = 15_000;

/** A source by ADS or by a gRPC service of its own. Files are refused: what is configured comes over the wire. */
export function readSource(reader: FieldReader<ConfigSource> | undefined): Source | undefined {
  if (!reader) return undefined;
  // Version 3 is the only one, named or not.
  reader.expect('resourceApiVersion', ApiVersion.V3);
  const fetchTimeoutMs = reader.duration('initialFetchTimeout') ?? defaultFetchTimeoutMs;
  const source = reader.oneof<'configSourceSpecifier', Source['source']>('configSourceSpecifier', {
    ads: () => ({ kind: 'ads' }),
    apiConfigSource: (api) => ({ kind: 'cluster', cluster: readApiSource(api) }),
  });
  return source && { source, fetchTimeoutMs };
}

/** A source that must be ADS; gives its fetch timeout. */
export function readAdsSource(reader: FieldReader<ConfigSource> | undefined): number {
  const read = readSource(reader);
  if (read?.source.kind === 'cluster') reader?.refuse('configSourceSpecifier', 'is not supported: must be ads');
  return read?.fetchTimeoutMs ?? defaultFetchTimeoutMs;
}

/** The cluster that serves resources of one type by its own stream. */
function readApiSource(reader: FieldReader<ApiConfigSource>): string {
  reader.choice('apiType', { [ApiType.GRPC]: true });
  reader.choice('transportApiVersion', { [ApiVersion.V3]: true });
  // The first request of a stream has the node, as servers need it; later ones do not.
  reader.ignore('setNodeOnFirstMessageOnly');
  const services = reader.messages('grpcServices');
  if (services.length !== 1) reader.refuse('grpcServices', 'must have exactly one service');
  return services.map(readGrpcCluster)[0] ?? '';
}
