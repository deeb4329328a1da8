import type { Host } from '@malla/balancing';
import type { ClusterConfig, UpstreamTransport } from '@malla/proxy-config';
import { createClientTls, type ClientTls } from '../tls/client-tls.ts';
import type { TlsContexts } from '../tls/tls-contexts.ts';

interface Match {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly tls: ClientTls | undefined;
}

const labelNamespace = 'envoy.transport_socket_match';

/** Which transport each host of a cluster gets: by the labels in its metadata, the first match wins. */
export class HostTransports {
  readonly #matches: readonly Match[];
  readonly #otherwise: ClientTls | undefined;

  constructor(config: ClusterConfig, contexts: TlsContexts, now: () => number) {
    const tlsOf = (transport: UpstreamTransport): ClientTls | undefined =>
      transport.kind === 'tls' ? createClientTls({ config: transport.tls, contexts, now }) : undefined;
    this.#matches = config.transportMatches.map(({ labels, transport }) => ({
      labels: Object.entries(labels),
      tls: tlsOf(transport),
    }));
    this.#otherwise = tlsOf(config.transport);
  }

  /** Undefined: plain text. */
  for(host: Host): ClientTls | undefined {
    if (this.#matches.length === 0) return this.#otherwise;
    const own = host.endpoint.metadata[labelNamespace] ?? {};
    for (const { labels, tls } of this.#matches) {
      if (labels.every(([name, value]) => own[name] === value)) return tls;
    }
    return this.#otherwise;
  }
}
