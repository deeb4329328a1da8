const istioName = /^(# (?:TYPE|HELP) )?envoy_istio_/gm;
/** A sample with labels: name, labels, value. */
const istioSample = /^(istio_[a-zA-Z0-9_:]*)\{(.*)\}( .*)$/gm;

/** What the metrics say of the workload that reports, by the side that it reports as. */
export interface LocalLabels {
  /** Labels of samples with `reporter="source"`, such as `source_workload`. */
  readonly source: Readonly<Record<string, string>>;
  /** Labels of samples with `reporter="destination"`, such as `destination_workload`. */
  readonly destination: Readonly<Record<string, string>>;
}

/**
 * Gives Istio's standard metrics their names in a Prometheus text: Envoy prefixes every name with `envoy_`, so its stats access logger
 * prints `envoy_istio_requests_total` for what dashboards call `istio_requests_total`. Other metrics, labels and values stay as they
 * are; text without such metrics comes back unchanged, and so does text that was renamed before.
 * @param local labels of the reporting workload, which Envoy need not repeat for each request; one that a sample has already stays
 * Source: https://istio.io/latest/docs/reference/config/metrics/ and Prometheus' text format 0.0.4.
 */
export function renameIstioMetrics(text: string, local?: LocalLabels): string {
  const renamed = text.replaceAll(istioName, '$1istio_');
  return local === undefined ? renamed : addLabels(renamed, local);
}

function addLabels(text: string, local: LocalLabels): string {
  const written = {
    source: entriesOf(local.source),
    destination: entriesOf({ ...local.destination, ...unknownSource }),
  };
  return text.replaceAll(istioSample, (line: string, name: string, labels: string, value: string) => {
    const reporter = /(?:^|,)reporter="(source|destination)"/.exec(labels)?.[1] as keyof LocalLabels | undefined;
    if (reporter === undefined) return line;
    const whole = splitPeer(labels);
    const missing = written[reporter].filter(({ key }) => !hasLabel(whole, key)).map(({ text: label }) => label);
    return `${name}{${[whole, ...missing].join(',')}}${value}`;
  });
}

/** The inbound side knows its caller by identity only, and Istio's word for what is not known is this. */
const unknownSource = Object.fromEntries(
  ['workload', 'workload_namespace', 'app', 'version', 'canonical_service', 'canonical_revision', 'cluster'].map(
    (key) => [`source_${key}`, 'unknown'],
  ),
);

/** Labels that `destination_peer` stands for, in its order. */
const peerLabels: readonly (readonly string[])[] = [
  ['destination_workload'],
  ['destination_workload_namespace'],
  ['destination_canonical_service', 'destination_app'],
  ['destination_canonical_revision', 'destination_version'],
  ['destination_cluster'],
];

/**
 * Puts Istio's labels in the place of `destination_peer`: `workload;namespace;canonical service;canonical revision;cluster` of the
 * endpoint, as its metadata says; one text, because Envoy's formatters can't take metadata apart.
 */
function splitPeer(labels: string): string {
  return labels.replace(/(^|,)destination_peer="([^"]*)"/, (_match, before: string, peer: string) => {
    const values = peer === '-' ? [] : peer.split(';');
    const split = peerLabels.flatMap((keys, index) => keys.map((key) => `${key}="${values[index] || 'unknown'}"`));
    return `${before}${split.join(',')}`;
  });
}

function entriesOf(labels: Readonly<Record<string, string>>): { key: string; text: string }[] {
  return Object.entries(labels).map(([key, value]) => ({ key, text: `${key}="${escaped(value)}"` }));
}

function hasLabel(labels: string, key: string): boolean {
  return labels.startsWith(`${key}="`) || labels.includes(`",${key}="`);
}

/** Label values escape backslash, quote and line feed. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
