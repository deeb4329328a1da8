/** What a proxy tells its peers of its own workload, for their metrics: Istio's labels of one side of a call. */
export interface PeerMetadata {
  readonly workload: string;
  readonly namespace: string;
  readonly app: string;
  readonly version: string;
  readonly canonicalService: string;
  readonly canonicalRevision: string;
  readonly cluster: string;
}

/** Request header that carries it from proxy to proxy; the callee's proxy takes it off. */
export const peerMetadataHeader = 'x-malla-peer';

/** Variable in the environment of a data plane with its own, so that configuration is the same for every workload of a scope. */
export const peerMetadataVariable = 'MALLA_PEER_METADATA';

/** Where proxies keep that of a caller: namespace and key of dynamic metadata. */
export const peerMetadataKey = { namespace: 'malla', key: 'peer' } as const;

/** Longest text that counts; names of Kubernetes are shorter. */
export const maxPeerMetadataLength = 1_024;

/** In the order of {@link fields}, percent-encoded, separated by semicolons: `reviews-v1;default;reviews;v1;reviews;v1;local`. */
export function formatPeerMetadata(peer: PeerMetadata): string {
  return fields.map((field) => encodeURIComponent(peer[field])).join(';');
}

/** The opposite of {@link formatPeerMetadata}; undefined for what is none, which a caller may well send. */
export function parsePeerMetadata(text: string): PeerMetadata | undefined {
  const values = text.split(';');
  if (text.length > maxPeerMetadataLength || values.length !== fields.length) return undefined;
  try {
    const decoded = values.map(decodeURIComponent);
    return Object.fromEntries(fields.map((field, index) => [field, decoded[index]])) as unknown as PeerMetadata;
  } catch {
    return undefined;
  }
}

const fields = [
  'workload',
  'namespace',
  'app',
  'version',
  'canonicalService',
  'canonicalRevision',
  'cluster',
] as const satisfies readonly (keyof PeerMetadata)[];
