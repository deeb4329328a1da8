import {
  agentPolicyCluster,
  builtinAuthorizer,
  outboundClusterName,
  type AuthorizerIr,
  type HttpAuthorizerIr,
  type ValueMatch,
} from '@malla/ir';
import { parseDuration } from '@malla/model';
import { isVisible, type MeshService, type MeshSnapshot } from '@malla/snapshot';
import { resolveValue } from './value-match.ts';

type Provider = MeshSnapshot['mesh']['extensionProviders'][number];
type HttpSettings = NonNullable<Provider['envoyExtAuthzHttp']>;
type GrpcSettings = NonNullable<Provider['envoyExtAuthzGrpc']>;

/** Istio's, for services that set none. */
const defaultTimeoutMs = 600_000;

/** policy-telemetry, by the agent of the proxy. A decision is made in memory. */
const builtin: AuthorizerIr = {
  name: builtinAuthorizer,
  service: { kind: 'grpc', cluster: agentPolicyCluster },
  timeoutMs: 1_000,
  failOpen: false,
  statusOnError: 403,
  clearRouteCache: false,
};

/** An extension provider, and the service that it names as far as the workload may see it. */
export interface KnownProvider {
  readonly provider: Provider;
  readonly service: MeshService | undefined;
}

/** Extension providers that decide about requests, with their services as a workload of a namespace sees them. */
export function knownProviders({ mesh, services }: MeshSnapshot, namespace: string): readonly KnownProvider[] {
  return mesh.extensionProviders
    .filter(({ envoyExtAuthzHttp, envoyExtAuthzGrpc }) => (envoyExtAuthzHttp ?? envoyExtAuthzGrpc) !== undefined)
    .map((provider) => {
      const named = (provider.envoyExtAuthzHttp ?? provider.envoyExtAuthzGrpc)?.service ?? '';
      const [host = '', ofNamespace] = named.split('/').reverse();
      const service = services.get(host);
      const seen =
        service !== undefined &&
        (ofNamespace === undefined || ofNamespace === service.namespace) &&
        isVisible(service.exportTo, service.namespace, namespace);
      return { provider, service: seen ? service : undefined };
    });
}

/** The authorizers that policies may name: those whose service and settings make sense, and the built-in one. The mesh's own settings win over its name. */
export function resolveAuthorizers(providers: readonly KnownProvider[]): readonly AuthorizerIr[] {
  const found = providers.flatMap((known) => resolveAuthorizer(known) ?? []);
  const taken = providers.some(({ provider }) => provider.name === builtinAuthorizer);
  return taken ? found : [builtin, ...found];
}

function resolveAuthorizer({ provider, service }: KnownProvider): AuthorizerIr | undefined {
  const { envoyExtAuthzHttp: http, envoyExtAuthzGrpc: grpc, name } = provider;
  const settings = http ?? grpc;
  if (settings === undefined || service === undefined) return undefined;
  const { port = 0, timeout, failOpen = false, clearRouteCache = false } = settings;
  const statusOnError = statusOf(settings.statusOnError);
  const body = bodyOf(settings);
  const pathPrefix = http?.pathPrefix ?? '';
  if (!service.ports.some((each) => each.port === port)) return undefined;
  if (statusOnError === undefined || body === 'unusable' || !/^(\/.*)?$/.test(pathPrefix)) return undefined;
  const cluster = outboundClusterName(port, '', service.host);
  return {
    name,
    service:
      http === undefined ? { kind: 'grpc', cluster } : httpService(http, { cluster, host: service.host, pathPrefix }),
    timeoutMs: (timeout === undefined ? undefined : parseDuration(timeout)) ?? defaultTimeoutMs,
    failOpen,
    statusOnError,
    clearRouteCache,
    ...(body && { body }),
  };
}

function httpService(
  settings: HttpSettings,
  place: Pick<HttpAuthorizerIr, 'cluster' | 'host' | 'pathPrefix'>,
): HttpAuthorizerIr {
  const { includeRequestHeadersInCheck, includeHeadersInCheck, includeAdditionalHeadersInCheck = {} } = settings;
  return {
    kind: 'http',
    ...place,
    requestHeaders: names(includeRequestHeadersInCheck ?? includeHeadersInCheck),
    addedHeaders: Object.entries(includeAdditionalHeadersInCheck).map(([name, value]) => [name.toLowerCase(), value]),
    toUpstream: names(settings.headersToUpstreamOnAllow),
    toDownstreamOnDeny: names(settings.headersToDownstreamOnDeny),
    toDownstreamOnAllow: names(settings.headersToDownstreamOnAllow),
  };
}

/** Names of headers: exact, `prefix*` or `*suffix`. */
function names(patterns: readonly string[] = []): readonly ValueMatch[] {
  return patterns.map((pattern) => resolveValue(pattern.toLowerCase()));
}

/** Undefined for a text that is no status. */
function statusOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return 403;
  const status = Number(text);
  return Number.isInteger(status) && status >= 400 && status <= 599 ? status : undefined;
}

/** Envoy refuses to hold a body of no bytes at all. */
function bodyOf({ includeRequestBodyInCheck: body }: HttpSettings | GrpcSettings): AuthorizerIr['body'] | 'unusable' {
  if (body === undefined) return undefined;
  const { maxRequestBytes = 0, allowPartialMessage = false, packAsBytes = false } = body;
  return maxRequestBytes === 0
    ? 'unusable'
    : { maxBytes: maxRequestBytes, allowPartial: allowPartialMessage, asBytes: packAsBytes };
}
