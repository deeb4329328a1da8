import type { Any } from '@bufbuild/protobuf/wkt';
import type { AuthorizerIr, CustomAuthorizationIr, GrpcAuthorizerIr, HttpAuthorizerIr, ValueMatch } from '@malla/ir';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { ApiVersion } from '@malla/protos/gen/envoy/config/core/v3/config_source_pb';
import {
  ExtAuthzPerRouteSchema,
  ExtAuthzSchema,
} from '@malla/protos/gen/envoy/extensions/filters/http/ext_authz/v3/ext_authz_pb';
import { rbacMetadata } from '../rbac/custom.ts';
import { duration } from '../wire/duration.ts';
import { stringMatcher } from '../wire/string-matcher.ts';
import { extension, pack, type HttpFilterExtension } from '../wire/typed-config.ts';

type ExtAuthz = MessageInitShape<typeof ExtAuthzSchema>;

/**
 * A filter for each authorizer of the mesh. All of them rest until a route asks for one ({@link authorizerRules}), so that a new CUSTOM policy holds
 * from the next request on, and open connections need not end for it.
 */
export function authorizerFilters(authorizers: readonly AuthorizerIr[]): HttpFilterExtension[] {
  return authorizers.map((authorizer) => ({
    ...extension(filterName(authorizer.name), ExtAuthzSchema, extAuthz(authorizer)),
    disabled: true,
  }));
}

/** Wakes the filter of a route's authorizer. It asks only about what the rules of {@link customRules} match. */
export function authorizerRules({ authorizer, context }: CustomAuthorizationIr): Record<string, Any> {
  const settings = { contextExtensions: { ...context } };
  return {
    [filterName(authorizer)]: pack(ExtAuthzPerRouteSchema, { override: { case: 'checkSettings', value: settings } }),
  };
}

/** Per-route configuration is found by it. */
function filterName(authorizer: string): string {
  return `envoy.filters.http.ext_authz.${authorizer}`;
}

/** Source: Istio pilot/pkg/security/authz/builder, extauthz.go. */
function extAuthz(authorizer: AuthorizerIr): ExtAuthz {
  const { name, service, failOpen, statusOnError, clearRouteCache, body } = authorizer;
  return {
    services: service.kind === 'grpc' ? grpcService(service, authorizer) : httpService(service, authorizer),
    transportApiVersion: ApiVersion.V3,
    failureModeAllow: failOpen,
    statusOnError: { code: statusOnError },
    clearRouteCache,
    ...(service.kind === 'http' &&
      service.requestHeaders.length > 0 && { allowedHeaders: headerNames(service.requestHeaders) }),
    ...(body && {
      withRequestBody: {
        maxRequestBytes: body.maxBytes,
        allowPartialMessage: body.allowPartial,
        packAsBytes: body.asBytes,
      },
    }),
    filterEnabledMetadata: rbacMetadata(name),
    statPrefix: name,
  };
}

/** The name of a cluster is no valid `:authority`: servers in Go refuse it. */
function grpcService({ cluster }: GrpcAuthorizerIr, { timeoutMs }: AuthorizerIr): NonNullable<ExtAuthz['services']> {
  const value = { clusterName: cluster, authority: cluster.replaceAll('|', '_.') };
  return {
    case: 'grpcService',
    value: { targetSpecifier: { case: 'envoyGrpc', value }, timeout: duration(timeoutMs) },
  };
}

function httpService(service: HttpAuthorizerIr, { timeoutMs }: AuthorizerIr): NonNullable<ExtAuthz['services']> {
  const { cluster, host, pathPrefix, addedHeaders, toUpstream, toDownstreamOnDeny, toDownstreamOnAllow } = service;
  return {
    case: 'httpService',
    value: {
      serverUri: {
        uri: `http://${host}`,
        httpUpstreamType: { case: 'cluster', value: cluster },
        timeout: duration(timeoutMs),
      },
      pathPrefix,
      authorizationRequest: {
        // A percent sign begins a command of Envoy's.
        headersToAdd: addedHeaders.map(([key, value]) => ({ key, value: value.replaceAll('%', '%%') })),
      },
      authorizationResponse: {
        ...(toUpstream.length > 0 && { allowedUpstreamHeaders: headerNames(toUpstream) }),
        ...(toDownstreamOnDeny.length > 0 && { allowedClientHeaders: headerNames(toDownstreamOnDeny) }),
        ...(toDownstreamOnAllow.length > 0 && { allowedClientHeadersOnSuccess: headerNames(toDownstreamOnAllow) }),
      },
    },
  };
}

function headerNames(names: readonly ValueMatch[]) {
  return { patterns: names.map(stringMatcher) };
}
