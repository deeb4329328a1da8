import type { SignalKey, Traffic } from './access-record.ts';
import { ratesOf } from './series.ts';
import { serviceNameOf } from './signal-key.ts';
import type { SignalBucket } from './signal-tally.ts';
import { figuresOf, type SignalFigures } from './signals.ts';

/** What the nodes of a graph are. `workload`: workloads, and the services between them. */
export type GraphDetail = 'workload' | 'service' | 'namespace';

/** By the share of failures. Source of the bounds: Kiali's defaults for 5xx and for connections. */
export type NodeHealth = 'healthy' | 'degraded' | 'failing' | 'idle';

export interface GraphNode {
  /** Unique in the graph; made of what follows. */
  readonly id: string;
  /** `external`: a host that no proxy of the mesh answers for. `unknown`: callers without a certificate of the mesh. */
  readonly kind: 'workload' | 'service' | 'namespace' | 'external' | 'unknown';
  readonly namespace: string;
  readonly name: string;
  /** Canonical service of a workload. */
  readonly app: string;
  /** Versions seen, sorted. */
  readonly versions: readonly string[];
  /** Of what came to it. */
  readonly health: NodeHealth;
}

export interface GraphEdge extends SignalFigures {
  /** Ids of nodes. */
  readonly source: string;
  readonly destination: string;
  readonly protocol: Traffic;
  /** Requests or connections a second. */
  readonly rate: number;
  readonly errorRate: number;
  /** Share, 0 to 1, over mutual TLS; absent where no side that knows has told. */
  readonly mutualTls?: number;
}

export interface ServiceGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphParams {
  readonly detail: GraphDetail;
  /** Width of the span that the buckets are of, in milliseconds. */
  readonly spanMs: number;
}

const degradedFrom = 0.001;
const failingFrom = 0.1;

/** Who calls whom. Calls are counted once: by their source where it has a proxy, else by their destination. */
export function serviceGraph(buckets: Iterable<SignalBucket>, { detail, spanMs }: GraphParams): ServiceGraph {
  const draft = new GraphDraft();
  const all = [...buckets];
  const served = new Set(all.filter(({ key }) => key.reporter === 'destination').map(({ key }) => serviceId(key)));
  const accounts = Map.groupBy(
    all.filter(({ key }) => key.reporter === 'source'),
    ({ key }) => accountId(key),
  );
  const callers = new Set(all.filter(({ key }) => key.reporter === 'source').map(({ key }) => callId(key)));
  for (const bucket of all) {
    const { key } = bucket;
    const isSource = key.reporter === 'source';
    const service = serviceNode(key, detail, isSource && !served.has(serviceId(key)));
    if (isSource) draft.add(sourceNode(key, detail), service, bucket);
    // What no source has told of came from outside the mesh, or from proxies that do not report.
    else if (!callers.has(callId(key))) draft.add(sourceNode(key, detail), service, bucket);
    else {
      // A destination that knows its caller by certificate only tells of all workloads of that service account.
      const known = key.sourceApp === '' ? accounts.get(accountId(key)) : undefined;
      for (const { key: source } of known ?? [bucket]) draft.addSecurity(sourceNode(source, detail), service, bucket);
    }
    if (!isSource && detail === 'workload') draft.add(service, servingNode(key), bucket);
  }
  return draft.finish(spanMs);
}

type NodeDraft = Omit<GraphNode, 'versions' | 'health'> & { readonly version: string };

function node(kind: GraphNode['kind'], namespace: string, name: string, rest = { app: '', version: '' }): NodeDraft {
  return { id: `${kind}:${namespace}/${name}`, kind, namespace, name, ...rest };
}

function sourceNode(key: SignalKey, detail: GraphDetail): NodeDraft {
  const { sourceNamespace, sourceWorkload, sourceApp: app, sourceVersion: version } = key;
  if (sourceWorkload === 'unknown') return node('unknown', '', 'unknown');
  if (detail === 'namespace') return node('namespace', sourceNamespace, '');
  if (detail === 'service') return node('service', sourceNamespace, app || sourceWorkload, { app, version });
  return node('workload', sourceNamespace, sourceWorkload, { app, version });
}

function serviceNode(key: SignalKey, detail: GraphDetail, maybeExternal: boolean): NodeDraft {
  const name = serviceNameOf(key);
  if (maybeExternal && name === key.destinationService && name.includes('.')) return node('external', '', name);
  if (detail === 'namespace') return node('namespace', key.destinationNamespace, '');
  const version = key.reporter === 'destination' ? key.destinationVersion : '';
  return node('service', key.destinationNamespace, name, { app: name, version: detail === 'service' ? version : '' });
}

function servingNode(key: SignalKey): NodeDraft {
  const { destinationNamespace, destinationWorkload, destinationService: app, destinationVersion: version } = key;
  return node('workload', destinationNamespace, destinationWorkload, { app, version });
}

function serviceId(key: SignalKey): string {
  return `${key.destinationNamespace}/${serviceNameOf(key)}`;
}

function accountId(key: SignalKey): string {
  return `${key.sourceNamespace}/${key.sourceAccount}`;
}

/** A call as both sides know it: by the caller's service account. */
function callId(key: SignalKey): string {
  return `${accountId(key)} ${serviceId(key)} ${key.protocol === 'tcp'}`;
}

interface EdgeDraft {
  readonly source: string;
  readonly destination: string;
  readonly protocol: Traffic;
  readonly tallies: SignalBucket['tally'][];
  secured: number;
  told: number;
}

class GraphDraft {
  readonly #nodes = new Map<string, NodeDraft & { readonly versions: Set<string> }>();
  readonly #edges = new Map<string, EdgeDraft>();

  add(source: NodeDraft, destination: NodeDraft, bucket: SignalBucket): void {
    this.#note(source);
    this.#note(destination);
    this.#edge(source, destination, bucket).tallies.push(bucket.tally);
    this.addSecurity(source, destination, bucket);
  }

  /** What a destination knows of a call that its source has counted. */
  addSecurity(source: NodeDraft, destination: NodeDraft, bucket: SignalBucket): void {
    this.#note(destination);
    if (bucket.key.connectionSecurity === 'unknown') return;
    const edge = this.#edge(source, destination, bucket);
    const { requests, connections } = figuresOf([bucket.tally]);
    edge.told += requests + connections;
    if (bucket.key.connectionSecurity === 'mutual_tls') edge.secured += requests + connections;
  }

  finish(spanMs: number): ServiceGraph {
    // An edge of whose calls only the security is known has its counts at another one: a caller that its destination knows by account.
    const edges = [...this.#edges.values()].filter(({ tallies }) => tallies.length > 0);
    const nodes = [...this.#nodes.values()].map(({ version: _version, versions, ...rest }) => ({
      ...rest,
      versions: [...versions].sort(),
      health: healthOf(edges.filter(({ destination }) => destination === rest.id)),
    }));
    return {
      nodes: nodes.sort((a, b) => (a.id < b.id ? -1 : 1)),
      edges: edges.map((edge) => toEdge(edge, spanMs)).sort((a, b) => (edgeId(a) < edgeId(b) ? -1 : 1)),
    };
  }

  #note(draft: NodeDraft): void {
    const known = this.#nodes.get(draft.id) ?? { ...draft, versions: new Set<string>() };
    if (draft.version !== '') known.versions.add(draft.version);
    this.#nodes.set(draft.id, known);
  }

  #edge(source: NodeDraft, destination: NodeDraft, { key: { protocol } }: SignalBucket): EdgeDraft {
    const draft = { source: source.id, destination: destination.id, protocol };
    const id = edgeId(draft);
    let edge = this.#edges.get(id);
    if (edge === undefined) this.#edges.set(id, (edge = { ...draft, tallies: [], secured: 0, told: 0 }));
    return edge;
  }
}

function edgeId({ source, destination, protocol }: Pick<EdgeDraft, 'source' | 'destination' | 'protocol'>): string {
  return `${source} ${destination} ${protocol}`;
}

function toEdge({ source, destination, protocol, tallies, secured, told }: EdgeDraft, spanMs: number): GraphEdge {
  const figures = ratesOf(figuresOf(tallies), spanMs);
  return { source, destination, protocol, ...figures, ...(told > 0 && { mutualTls: secured / told }) };
}

function healthOf(incoming: readonly EdgeDraft[]): NodeHealth {
  const { errorRate, requests, connections } = ratesOf(figuresOf(incoming.flatMap(({ tallies }) => tallies)), 1);
  if (requests + connections === 0) return 'idle';
  if (errorRate >= failingFrom) return 'failing';
  return errorRate >= degradedFrom ? 'degraded' : 'healthy';
}
