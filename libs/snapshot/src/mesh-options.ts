/** Retries that a route gets when it names none. Source: MeshConfig.defaultHttpRetryPolicy. */
export interface DefaultRetry {
  /** Retries after the first try; 0 for none. */
  readonly attempts: number;
  /** Comma-separated, as VirtualService writes it; numbers are retriable status codes. */
  readonly retryOn: string;
}

/** Settings of the whole mesh, as far as translation reads them. Names and defaults are those of Istio's MeshConfig. */
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
};
