import type { ExtensionProvider, MeshConfigSpec } from '@malla/model';

/** Retries that a route gets when it names none. Source: MeshConfig.defaultHttpRetryPolicy. */
export interface DefaultRetry {
  /** Retries after the first try; 0 for none. */
  readonly attempts: number;
  /** Comma-separated, as VirtualService writes it; numbers are retriable status codes. */
  readonly retryOn: string;
}

/** An extension provider that has a name; what is enforced of it (libs/enforcement), else the name alone. */
export type NamedProvider = ExtensionProvider & { readonly name: string };

/**
 * Providers that every mesh has, unless it has others of these names: metrics for Prometheus, and Istio's log lines on the proxy's standard output.
 * Source: Istio pkg/config/mesh, DefaultMeshConfig
 */
export const builtInProviders: readonly NamedProvider[] = [
  { name: 'prometheus', prometheus: {} },
  { name: 'envoy', envoyFileAccessLog: { path: '/dev/stdout' } },
];

/** Names of extension providers that are used where a Telemetry names none. Source: MeshConfig.defaultProviders. */
export interface DefaultProviders {
  readonly tracing: readonly string[];
  readonly metrics: readonly string[];
  readonly accessLogging: readonly string[];
}

/** What proxies start tracing with. Source: ProxyConfig.tracing */
export type MeshTracing = NonNullable<NonNullable<MeshConfigSpec['defaultConfig']>['tracing']>;

/**
 * Settings of the whole mesh, as far as translation reads them: those that the control plane was started with, and above them what the
 * mesh's MeshConfig (the oldest, of any name) says and is enforced. Names and defaults are those of Istio's MeshConfig. A field that a change of
 * MeshConfig does not touch stays the identical object.
 */
export interface MeshOptions {
  /** Trust domain of every identity. */
  readonly trustDomain: string;
  /** Former trust domains that peers may still have. */
  readonly trustDomainAliases: readonly string[];
  /** Where policies for the whole mesh live. */
  readonly rootNamespace: string;
  /** `<name>.<namespace>.svc.<domainSuffix>` is a service's host. */
  readonly domainSuffix: string;
  readonly connectTimeoutMs: number;
  readonly defaultRetry: DefaultRetry;
  /** What happens to requests for hosts outside the mesh where traffic is intercepted. */
  readonly outboundTrafficPolicy: 'ALLOW_ANY' | 'REGISTRY_ONLY';
  /**
   * What policies name as providers, as MeshConfig writes them: `{ name, opentelemetry: { service, port } }`; those of MeshConfig, then
   * {@link builtInProviders}. Each name once: the first of a name counts. `service` is a host or `namespace/host`.
   */
  readonly extensionProviders: readonly NamedProvider[];
  readonly defaultProviders: DefaultProviders;
  /** Whether proxies make spans and request ids where no Telemetry speaks of tracing. */
  readonly enableTracing: boolean;
  /** File of access logs where no Telemetry and no default provider speaks of them; empty: none. */
  readonly accessLogFile: string;
  /** Its lines, with Envoy's operators; for JSON the text of an object. Empty: Istio's. */
  readonly accessLogFormat: string;
  readonly accessLogEncoding: 'TEXT' | 'JSON';
  /** `defaultConfig.tracing` as MeshConfig writes it. */
  readonly tracing: MeshTracing;
}

/**
 * Istio's defaults. Source: https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/ . The default retries name no status code since 1.24:
 * an application's 503 may have had effects.
 */
export const defaultMeshOptions: MeshOptions = {
  trustDomain: 'cluster.local',
  trustDomainAliases: [],
  rootNamespace: 'istio-system',
  domainSuffix: 'cluster.local',
  connectTimeoutMs: 10_000,
  defaultRetry: { attempts: 2, retryOn: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes' },
  outboundTrafficPolicy: 'ALLOW_ANY',
  extensionProviders: builtInProviders,
  defaultProviders: { tracing: [], metrics: ['prometheus'], accessLogging: [] },
  enableTracing: true,
  accessLogFile: '',
  accessLogFormat: '',
  accessLogEncoding: 'TEXT',
  tracing: {},
};
