import type { BootstrapConfig } from '@malla/proxy-config';
import type { Bootstrap_DynamicResources } from '@malla/protos/gen/envoy/config/bootstrap/v3/bootstrap_pb';
import {
  ApiConfigSource_ApiType as ApiType,
  ApiVersion,
  type ApiConfigSource,
} from '@malla/protos/gen/envoy/config/core/v3/config_source_pb';
import type { GrpcService_EnvoyGrpc } from '@malla/protos/gen/envoy/config/core/v3/grpc_service_pb';
import { readAdsSource } from '../wire/config-source.ts';
import type { FieldReader } from '../wire/field-reader.ts';

type Ads = NonNullable<BootstrapConfig['ads']>;

const variants = { [ApiType.GRPC]: 'sotw', [ApiType.DELTA_GRPC]: 'delta' } as const;

/** Envoy's defaults. */
const backoff = { backoffBaseMs: 500, backoffMaxMs: 30_000 };

/** The ADS stream; clusters and listeners both come by it. */
export function readAds(reader: FieldReader<Bootstrap_DynamicResources>): Ads | undefined {
  const clusters = reader.message('cdsConfig');
  const listeners = reader.message('ldsConfig');
  const api = reader.message('adsConfig');
  if (!clusters && !listeners && !api) return undefined;
  if (!api) reader.refuse('adsConfig', 'is required');
  if (!clusters) reader.refuse('cdsConfig', 'is required');
  if (!listeners) reader.refuse('ldsConfig', 'is required');
  const clustersTimeoutMs = readAdsSource(clusters);
  const listenersTimeoutMs = readAdsSource(listeners);
  if (clustersTimeoutMs !== listenersTimeoutMs) {
    listeners?.refuse('initialFetchTimeout', 'must be that of cds_config');
  }
  return api && { ...readStream(api), fetchTimeoutMs: clustersTimeoutMs };
}

function readStream(reader: FieldReader<ApiConfigSource>): Omit<Ads, 'fetchTimeoutMs'> {
  reader.choice('transportApiVersion', { [ApiVersion.V3]: true });
  // The first request of a stream has the node, as servers need it; later ones do not.
  reader.ignore('setNodeOnFirstMessageOnly');
  const services = reader.messages('grpcServices');
  if (services.length !== 1) reader.refuse('grpcServices', 'must have exactly one service');
  const service = services[0]?.oneof<'targetSpecifier', Pick<Ads, 'cluster' | 'backoffBaseMs' | 'backoffMaxMs'>>(
    'targetSpecifier',
    { envoyGrpc: (envoy) => ({ cluster: envoy.take('clusterName'), ...readBackoff(envoy) }) },
  );
  return { variant: reader.choice('apiType', variants) ?? 'delta', ...(service ?? { cluster: '', ...backoff }) };
}

function readBackoff(reader: FieldReader<GrpcService_EnvoyGrpc>): typeof backoff {
  const times = reader.message('retryPolicy')?.message('retryBackOff');
  if (!times) return backoff;
  const backoffBaseMs = times.duration('baseInterval') ?? backoff.backoffBaseMs;
  const backoffMaxMs = times.duration('maxInterval') ?? backoffBaseMs * 10;
  if (backoffMaxMs < backoffBaseMs) times.refuse('maxInterval', 'must be at least base_interval');
  return { backoffBaseMs, backoffMaxMs };
}
