import { changedLabels, expressionCommand, type MetricChangeIr } from '@malla/ir';
import type { Tag } from './labels.ts';

/** Of a label's value that an expression gives: callers choose what is in their headers, and must not fill a proxy's memory. */
const maxLabelBytes = 256;

/** Tags that no label is made of but the one of their name. The others stay whatever becomes of their own label. */
const labelsOfTheirOwn: ReadonlySet<string> = new Set([
  ...['request_protocol', 'response_code', 'response_flags', 'grpc_response_status', 'connection_security_policy'],
  ...['destination_service', 'destination_service_name', 'destination_service_namespace'],
]);

/** What tags between proxy and agent are for: not needed when all of these are left out or set to something else. */
const servedLabels: Readonly<Record<string, readonly string[]>> = {
  destination_peer: ofSide('destination'),
  source_peer: ofSide('source'),
  route_destination: ['destination_service_name'],
};

function ofSide(side: string): readonly string[] {
  const names = ['workload', 'workload_namespace', 'app', 'version', 'cluster'];
  return [...names, 'canonical_service', 'canonical_revision'].map((name) => `${side}_${name}`);
}

/**
 * The tags of a metric with Telemetry's changes. What a label is made of is left out only where nothing else needs it; what is to become of labels that
 * only the agent knows is told to it, in tags.
 */
export function changedTags(tags: readonly Tag[], change: MetricChangeIr | undefined): readonly Tag[] {
  if (change === undefined || change.kind === 'off') return tags;
  const { set, removed } = change;
  const gone = new Set([...removed, ...Object.keys(set)]);
  const isNeeded = ({ name = '' }: Tag): boolean =>
    labelsOfTheirOwn.has(name) ? !gone.has(name) : servedLabels[name]?.every((label) => gone.has(label)) !== true;
  return [
    ...tags.filter(isNeeded),
    ...Object.entries(set).map(([name, expression]) => ({
      name: `${changedLabels.setPrefix}${name}`,
      valueFormat: expressionCommand(expression, maxLabelBytes),
    })),
    ...(removed.length === 0 ? [] : [{ name: changedLabels.removed, valueFormat: removed.join(',') }]),
  ];
}
