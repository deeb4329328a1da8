import type { MessageInitShape } from '@bufbuild/protobuf';
import { HTTPFaultSchema } from '@malla/protos/gen/envoy/extensions/filters/http/fault/v3/fault_pb';
import { FilterConfigSchema as GrpcStatsSchema } from '@malla/protos/gen/envoy/extensions/filters/http/grpc_stats/v3/config_pb';
import { RouterSchema } from '@malla/protos/gen/envoy/extensions/filters/http/router/v3/router_pb';
import {
  HttpConnectionManager_ForwardClientCertDetails,
  HttpConnectionManager_ServerHeaderTransformation,
  HttpConnectionManagerSchema,
} from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import type { AuthorizerIr } from '@malla/ir';
import { edgeOptions } from './edge-options.ts';
import { faultFilterName } from './route/fault.ts';
import { routePolicyFilters } from './route/route-policies.ts';
import { httpAccessLogs } from './telemetry/access-log.ts';
import type { Reporter } from './telemetry/istio-metrics.ts';
import { takePeerMetadata } from './telemetry/peer-metadata.ts';
import { b3Filter, tracingFields } from './telemetry/tracing.ts';
import { byAds } from './wire/config-source.ts';
import { duration } from './wire/duration.ts';
import { extension, type HttpFilterExtension, type TypedExtension } from './wire/typed-config.ts';

type Hcm = MessageInitShape<typeof HttpConnectionManagerSchema>;

/** What differs from one HTTP connection manager to another. */
export interface HttpConnectionManagerParams {
  readonly statPrefix: string;
  /** Name of its routes, which come by RDS. */
  readonly routeConfig: string;
  readonly reporter: Reporter;
  /** Those that CUSTOM policies of inbound ports and gateways can name; default none. */
  readonly authorizers?: readonly AuthorizerIr[];
  /** Callers may be anybody (gateways). Default false. */
  readonly edge?: boolean;
}

/**
 * HTTP filters; the order of the array is the order of the filters. What telemetry needs comes first, so that it tells of refused requests too. A fault
 * is a peer's doing and stands before the decision of who may call; the router ends the chain.
 */
const httpFilters: readonly ((params: HttpConnectionManagerParams) => readonly HttpFilterExtension[])[] = [
  () => [takePeerMetadata(), grpcStatsFilter()],
  ({ reporter, edge, authorizers = [] }) =>
    reporter.direction === 'inbound' || edge === true ? routePolicyFilters(authorizers) : [],
  ({ reporter }) => (reporter.direction === 'outbound' ? [faultFilter()] : []),
  ({ reporter }) => (reporter.telemetry?.tracing === undefined ? [] : [b3Filter()]),
  () => [routerFilter()],
];

/** The network filter that speaks HTTP. */
export function httpConnectionManager(params: HttpConnectionManagerParams): TypedExtension {
  return extension('envoy.filters.network.http_connection_manager', HttpConnectionManagerSchema, {
    statPrefix: params.statPrefix,
    routeSpecifier: discoveredRoutes(params.routeConfig),
    httpFilters: httpFilters.flatMap((filters) => [...filters(params)]),
    accessLog: httpAccessLogs(params.reporter),
    ...(params.reporter.direction === 'inbound' && peerDetails),
    useRemoteAddress: false,
    normalizePath: true,
    serverHeaderTransformation: HttpConnectionManager_ServerHeaderTransformation.PASS_THROUGH,
    upgradeConfigs: [{ upgradeType: 'websocket' }],
    // Applications decide how long a stream may rest; retries and timeouts are the routes'.
    streamIdleTimeout: duration(0),
    httpProtocolOptions: { acceptHttp10: true },
    ...(params.edge === true && edgeOptions),
    ...tracingFields(params.reporter.telemetry?.tracing, params.edge === true),
  });
}

/** What a gRPC client reads of an HTTP connection manager (gRFC A27, A33). */
export function apiConnectionManager(routeConfig: string): Hcm {
  return {
    routeSpecifier: discoveredRoutes(routeConfig),
    httpFilters: [faultFilter(), routerFilter()],
  };
}

/** The callee learns the caller's identity from `x-forwarded-client-cert`; without mutual TLS Envoy removes the header. */
const peerDetails = {
  forwardClientCertDetails: HttpConnectionManager_ForwardClientCertDetails.APPEND_FORWARD,
  setCurrentClientCertDetails: { subject: true, uri: true, dns: true },
};

function discoveredRoutes(routeConfigName: string): NonNullable<Hcm['routeSpecifier']> {
  return { case: 'rds', value: { configSource: byAds, routeConfigName } };
}

function faultFilter(): TypedExtension {
  return extension(faultFilterName, HTTPFaultSchema, {});
}

/** Counts messages of gRPC calls, for metrics. */
function grpcStatsFilter(): TypedExtension {
  return extension('envoy.filters.http.grpc_stats', GrpcStatsSchema, { emitFilterState: true });
}

function routerFilter(): TypedExtension {
  return extension('envoy.filters.http.router', RouterSchema, {});
}
