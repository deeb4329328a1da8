import type { HttpFilterConfig, RouterFilterConfig } from '@malla/proxy-config';
import { CorsSchema } from '@malla/protos/gen/envoy/extensions/filters/http/cors/v3/cors_pb';
import { ExtAuthzSchema } from '@malla/protos/gen/envoy/extensions/filters/http/ext_authz/v3/ext_authz_pb';
import { HTTPFaultSchema } from '@malla/protos/gen/envoy/extensions/filters/http/fault/v3/fault_pb';
import { LocalRateLimitSchema } from '@malla/protos/gen/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit_pb';
import { FilterConfigSchema as GrpcStatsSchema } from '@malla/protos/gen/envoy/extensions/filters/http/grpc_stats/v3/config_pb';
import { ConfigSchema as HeaderToMetadataSchema } from '@malla/protos/gen/envoy/extensions/filters/http/header_to_metadata/v3/header_to_metadata_pb';
import { RateLimitSchema } from '@malla/protos/gen/envoy/extensions/filters/http/ratelimit/v3/rate_limit_pb';
import { RBACSchema } from '@malla/protos/gen/envoy/extensions/filters/http/rbac/v3/rbac_pb';
import { RouterSchema, type Router } from '@malla/protos/gen/envoy/extensions/filters/http/router/v3/router_pb';
import type { HttpFilter } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { anyCase, unpack, type AnyCase } from '../wire/any.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readExtAuthz } from './ext-authz.ts';
import { readFault } from './fault.ts';
import { readHeaderToMetadata } from './header-to-metadata.ts';
import { readLocalRateLimit } from './local-rate-limit.ts';
import { readRateLimitFilter } from './rate-limit.ts';
import { readHttpRbac } from './rbac.ts';

type Kind<F = HttpFilterConfig> = F extends HttpFilterConfig ? Omit<F, 'name' | 'disabled'> : never;

/** The HTTP filters that there are. */
const cases: readonly AnyCase<Kind>[] = [
  anyCase(RouterSchema, (reader) => ({ kind: 'router', config: readRouter(reader) })),
  anyCase(HTTPFaultSchema, (reader) => ({ kind: 'fault', config: readFault(reader) })),
  anyCase(RBACSchema, (reader) => ({ kind: 'rbac', config: readHttpRbac(reader) })),
  anyCase(CorsSchema, () => ({ kind: 'cors', config: {} })),
  anyCase(HeaderToMetadataSchema, (reader) => ({ kind: 'header-to-metadata', config: readHeaderToMetadata(reader) })),
  // Statistics of single methods are refused: their names are the clients'.
  anyCase(GrpcStatsSchema, (reader) => ({
    kind: 'grpc-stats',
    config: { emitFilterState: reader.take('emitFilterState') },
  })),
  anyCase(LocalRateLimitSchema, (reader) => ({ kind: 'local-rate-limit', config: readLocalRateLimit(reader) })),
  anyCase(RateLimitSchema, (reader) => ({ kind: 'rate-limit', config: readRateLimitFilter(reader) })),
  anyCase(ExtAuthzSchema, (reader) => ({ kind: 'ext-authz', config: readExtAuthz(reader) })),
];

/** The filters of a connection manager in their order; the router is the last and only there. */
export function readHttpFilters(readers: readonly FieldReader<HttpFilter>[]): HttpFilterConfig[] {
  const filters: HttpFilterConfig[] = [];
  readers.forEach((reader, index) => {
    const filter = readHttpFilter(reader);
    if (!filter) return;
    filters.push(filter);
    const last = index === readers.length - 1;
    if ((filter.kind === 'router') !== last) {
      reader.reading.report(reader.path, last ? 'must be the router: it is the last' : 'the router must be the last');
    }
    if (filter.kind === 'router' && filter.disabled) reader.refuse('disabled', 'the router must not be disabled');
  });
  return filters;
}

function readHttpFilter(reader: FieldReader<HttpFilter>): HttpFilterConfig | undefined {
  // What would be skipped when it is unknown is refused then: this proxy knows what it can do.
  reader.ignore('isOptional');
  const name = reader.take('name');
  const disabled = reader.take('disabled');
  if (reader.caseOf('configType') === undefined) reader.reading.report(reader.path, 'has no typed_config');
  const kind = reader.oneof<'configType', Kind | undefined>('configType', { typedConfig: (any) => unpack(any, cases) });
  return kind && { name, disabled, ...kind };
}

function readRouter(reader: FieldReader<Router>): RouterFilterConfig {
  // Statistics for all clusters are always kept.
  reader.expect('dynamicStats', true);
  return { suppressEnvoyHeaders: reader.take('suppressEnvoyHeaders') };
}
