import { data, dataAt, items, text, texts, type Data } from './read.ts';

/** The configuration of the mesh as far as analysis reads it. */
export interface MeshFacts {
  /** Policies in this namespace are for the whole mesh. */
  readonly rootNamespace: string;
  readonly trustDomain: string;
  readonly trustDomainAliases: readonly string[];
  /** Environment that every proxy gets. */
  readonly proxyMetadata: Readonly<Record<string, unknown>>;
  /** `default`, `distroless`...; empty if not set. */
  readonly imageType: string;
  /** Whether access logs have a provider without a Telemetry that names one. */
  readonly hasDefaultAccessLog: boolean;
  /** Providers of tracing that send to Lightstep. */
  readonly lightstepProviders: readonly string[];
  readonly enableAutoMtls: boolean;
  /** MeshNetworks as written, without defaults. */
  readonly networks: Data;
}

/** MeshConfig and MeshNetworks as Istio writes them, with Istio's defaults. Source: Istio pkg/config/mesh, DefaultMeshConfig */
export function meshFacts(config: unknown = {}, networks: unknown = {}): MeshFacts {
  const proxy = dataAt(config, 'defaultConfig');
  return {
    rootNamespace: text(config, 'rootNamespace') || 'istio-system',
    trustDomain: text(config, 'trustDomain') || 'cluster.local',
    trustDomainAliases: texts(config, 'trustDomainAliases'),
    proxyMetadata: dataAt(proxy, 'proxyMetadata'),
    imageType: text(dataAt(proxy, 'image'), 'imageType'),
    hasDefaultAccessLog: texts(dataAt(config, 'defaultProviders'), 'accessLogging').length > 0,
    lightstepProviders: items(config, 'extensionProviders')
      .filter((provider) => provider['lightstep'] !== undefined)
      .map((provider) => text(provider, 'name')),
    enableAutoMtls: data(config)['enableAutoMtls'] !== false,
    networks: data(networks),
  };
}
