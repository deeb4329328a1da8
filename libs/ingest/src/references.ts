import type {
  ClusterConfig,
  FilterChainConfig,
  ListenerConfig,
  SecretReference,
  UpstreamTransport,
  ValidationConfig,
} from '@malla/proxy-config';

type Sds = Extract<SecretReference, { kind: 'sds' }>;

/** Resources that a cluster or a listener needs before it can serve. */
export interface ResourceReferences {
  /** EDS names. */
  readonly endpoints: readonly string[];
  /** RDS names. */
  readonly routes: readonly string[];
  /** Each once, by name and source. */
  readonly secrets: readonly Sds[];
}

/** What a cluster or a listener refers to, each once, in the order of its configuration. */
export function referencesOf(config: ClusterConfig | ListenerConfig): ResourceReferences {
  return 'discovery' in config ? ofCluster(config) : ofListener(config);
}

function ofCluster({ discovery, transport, transportMatches }: ClusterConfig): ResourceReferences {
  const transports = [transport, ...transportMatches.map((match) => match.transport)];
  return {
    endpoints: discovery.kind === 'eds' ? [discovery.serviceName] : [],
    routes: [],
    secrets: distinct(transports.flatMap(ofTransport)),
  };
}

function ofListener({ filterChains, defaultFilterChain }: ListenerConfig): ResourceReferences {
  const chains = defaultFilterChain ? [...filterChains, defaultFilterChain] : filterChains;
  return {
    endpoints: [],
    routes: [...new Set(chains.flatMap(routesOf))],
    secrets: distinct(chains.flatMap(({ tls }) => (tls ? ofTls(tls) : []))),
  };
}

function routesOf({ filters }: FilterChainConfig): string[] {
  return filters.flatMap((filter) =>
    filter.kind === 'http' && filter.config.routes.kind === 'rds' ? [filter.config.routes.name] : [],
  );
}

function ofTransport(transport: UpstreamTransport): SecretReference[] {
  return transport.kind === 'tls' ? ofTls(transport.tls) : [];
}

function ofTls(tls: { certificate?: SecretReference; validation?: ValidationConfig }): SecretReference[] {
  return [tls.certificate, tls.validation?.trustedCa].filter((reference) => reference !== undefined);
}

function distinct(references: readonly SecretReference[]): Sds[] {
  const bySource = new Map<string, Sds>();
  for (const reference of references) {
    if (reference.kind === 'sds') bySource.set(JSON.stringify([reference.name, reference.source]), reference);
  }
  return [...bySource.values()];
}
