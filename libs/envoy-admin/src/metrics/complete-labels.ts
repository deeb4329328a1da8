import { changedLabels, parsePeerMetadata } from '@malla/ir';

/** What the metrics say of the workload that reports, by the side that it reports as. */
export interface LocalLabels {
  /** Labels of samples with `reporter="source"`, such as `source_workload`. */
  readonly source: Readonly<Record<string, string>>;
  /** Labels of samples with `reporter="destination"`, such as `destination_workload`. */
  readonly destination: Readonly<Record<string, string>>;
}

/** Labels of a sample by name, with values as they stand between the quotes. */
export type Labels = ReadonlyMap<string, string>;

/** Takes the text between the braces of a sample apart. */
export function parseLabels(text: string): Labels {
  const labels = new Map<string, string>();
  for (const [, name, value] of text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g))
    labels.set(name as string, value as string);
  return labels;
}

/** The opposite of {@link parseLabels}. */
export function formatLabels(labels: Iterable<readonly [name: string, value: string]>): string {
  return [...labels].map(([name, value]) => `${name}="${value}"`).join(',');
}

/**
 * Istio's labels from what a proxy knows of a call and what its agent knows of the workload: all of them, in Istio's order, with Istio's words for what
 * is not known. Labels that Istio has not come last. Samples that no side reports stay as they are.
 * Source: https://istio.io/latest/docs/reference/config/metrics/ and Istio's source/extensions/filters/http/istio_stats/istio_stats.cc.
 */
export function completeLabels(labels: Labels, local: LocalLabels): Labels {
  const reporter = labels.get('reporter');
  if (reporter !== 'source' && reporter !== 'destination') return labels;
  const told = (name: string): string | undefined => known(labels.get(name));
  const sides =
    reporter === 'source' ? { ...local.source, ...calledBy(told) } : { ...callerOf(told), ...local.destination };
  const complete = new Map<string, string>([['reporter', reporter]]);
  for (const side of ['source', 'destination'] as const) {
    for (const name of sideLabels) complete.set(`${side}_${name}`, escaped(sides[`${side}_${name}`]) ?? unknown(name));
    complete.set(`${side}_principal`, told(`${side}_principal`) ?? 'unknown');
  }
  const service = reporter === 'source' ? {} : ownService(local.destination);
  for (const name of serviceLabels) complete.set(name, told(name) ?? escaped(service[name]) ?? 'unknown');
  const route = told('route_destination');
  if (route !== undefined && told('destination_service_name') === undefined)
    complete.set('destination_service_name', route);
  for (const [name, value] of labels) if (!complete.has(name) && !isOurs(name)) complete.set(name, value);
  return changed(complete, labels);
}

/** Telemetry's changes come last: they are of labels as they stand on the page. */
function changed(complete: Map<string, string>, told: Labels): Labels {
  for (const name of told.get(changedLabels.removed)?.split(',') ?? []) complete.delete(name);
  for (const [name, value] of told) {
    if (name.startsWith(changedLabels.setPrefix))
      complete.set(name.slice(changedLabels.setPrefix.length), known(value) ?? 'unknown');
  }
  return complete;
}

/** Of both sides, without the principal. */
const sideLabels = [
  'workload',
  'workload_namespace',
  'app',
  'version',
  'canonical_service',
  'canonical_revision',
  'cluster',
] as const;

const serviceLabels = ['destination_service', 'destination_service_name', 'destination_service_namespace'] as const;

/** Labels between proxy and agent. */
const ours: ReadonlySet<string> = new Set(['destination_peer', 'source_peer', 'route_destination', 'messages']);

function isOurs(name: string): boolean {
  return ours.has(name) || name === changedLabels.removed || name.startsWith(changedLabels.setPrefix);
}

type Told = (name: string) => string | undefined;
type SideLabels = Readonly<Record<string, string | undefined>>;

/**
 * The other side, as the endpoint's metadata tells it: `workload;namespace;canonical service;canonical revision;cluster`. The certificate knows the
 * namespace better.
 */
function calledBy(told: Told): SideLabels {
  const [workload, namespace, service, revision, cluster] = (told('destination_peer') ?? '').split(';').map(known);
  return {
    destination_workload: workload,
    destination_workload_namespace: namespaceOf(told('destination_principal')) ?? namespace,
    destination_app: service,
    destination_version: revision,
    destination_canonical_service: service,
    destination_canonical_revision: revision,
    destination_cluster: cluster,
  };
}

/** The caller, as its proxy tells it: believed only of a workload in the namespace that its certificate is for, which is all that is known otherwise. */
function callerOf(told: Told): SideLabels {
  const namespace = namespaceOf(told('source_principal'));
  const peer = parsePeerMetadata(told('source_peer') ?? '');
  if (peer === undefined || namespace === undefined || peer.namespace !== namespace) {
    return { source_workload_namespace: namespace };
  }
  return {
    source_workload: known(peer.workload),
    source_workload_namespace: namespace,
    source_app: known(peer.app),
    source_version: known(peer.version),
    source_canonical_service: known(peer.canonicalService),
    source_canonical_revision: known(peer.canonicalRevision),
    source_cluster: known(peer.cluster),
  };
}

/** A port that no Service names is the workload's own. */
function ownService(local: SideLabels): SideLabels {
  return {
    destination_service: local['destination_canonical_service'],
    destination_service_name: local['destination_canonical_service'],
    destination_service_namespace: local['destination_workload_namespace'],
  };
}

function known(value: string | undefined): string | undefined {
  return value === undefined || value === '' || value === '-' ? undefined : value;
}

/** Istio's words. */
function unknown(label: string): string {
  return label === 'canonical_revision' ? 'latest' : 'unknown';
}

/** `spiffe://cluster.local/ns/shop/sa/web` -> `shop` */
function namespaceOf(principal: string | undefined): string | undefined {
  return principal === undefined ? undefined : /\/ns\/([^/,]+)\/sa\//.exec(principal)?.[1];
}

/** Label values escape backslash, quote and line feed. Values of samples are escaped already, and have nothing to escape where they are names. */
function escaped(value: string | undefined): string | undefined {
  return value?.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
