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
/** Envoy's. */
const longestMs = 4_294_967_295_000;

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
  const addedHeaders = Object.entries(http?.includeAdditionalHeadersInCheck ?? {}).map(
    ([header, value]) => [header.toLowerCase(), value] as const,
  );
  if (statusOnError === undefined || body === 'unusable' || !addedHeaders.every(isField)) return undefined;
  if (!/^(\/[\x21-\x7e]*)?$/.test(pathPrefix)) return undefined;
  const cluster = outboundClusterName(port, '', service.host);
  return {
    name,
    service:
      http === undefined
        ? { kind: 'grpc', cluster }
        : httpService(http, { cluster, host: service.host, pathPrefix, addedHeaders }),
    timeoutMs: Math.min(longestMs, (timeout === undefined ? undefined : parseDuration(timeout)) ?? defaultTimeoutMs),
    failOpen,
    statusOnError,
    clearRouteCache,
    ...(body && { body }),
  };
}

function httpService(
  settings: HttpSettings,
  asked: Pick<HttpAuthorizerIr, 'cluster' | 'host' | 'pathPrefix' | 'addedHeaders'>,
): HttpAuthorizerIr {
  const { includeRequestHeadersInCheck, includeHeadersInCheck } = settings;
  return {
    kind: 'http',
    ...asked,
    requestHeaders: names(includeRequestHeadersInCheck ?? includeHeadersInCheck),
    toUpstream: names(settings.headersToUpstreamOnAllow),
    toDownstreamOnDeny: names(settings.headersToDownstreamOnDeny),
    toDownstreamOnAllow: names(settings.headersToDownstreamOnAllow),
  };
}

/** Names of headers: exact, `prefix*` or `*suffix`. */
function names(patterns: readonly string[] = []): readonly ValueMatch[] {
  return patterns.map((pattern) => resolveValue(pattern.toLowerCase()));
}

/** Statuses of refusals that Envoy knows by name; it takes no others. Source: envoy/type/v3/http_status.proto */
function isRefusal(status: number): boolean {
  if (status >= 500) return status <= 508 || status === 510 || status === 511;
  return (status >= 400 && status <= 417) || (status >= 421 && status <= 424) || [426, 428, 429, 431].includes(status);
}

/** Undefined for a text that is no status of a refusal. */
function statusOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return 403;
  return /^\d{3}$/.test(text) && isRefusal(Number(text)) ? Number(text) : undefined;
}

/** What Envoy lets be added to a request: a name (RFC 9110 token) that is not its host, and a value of one line. */
function isField([name, value]: readonly [string, string]): boolean {
  return /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && name !== 'host' && /^[^\p{Cc}]{0,4096}$/u.test(value);
}

/** Envoy refuses to hold a body of no bytes at all. */
function bodyOf({ includeRequestBodyInCheck: body }: HttpSettings | GrpcSettings): AuthorizerIr['body'] | 'unusable' {
  if (body === undefined) return undefined;
  const { maxRequestBytes = 0, allowPartialMessage = false, packAsBytes = false } = body;
  return maxRequestBytes === 0
    ? 'unusable'
    : { maxBytes: maxRequestBytes, allowPartial: allowPartialMessage, asBytes: packAsBytes };
}
