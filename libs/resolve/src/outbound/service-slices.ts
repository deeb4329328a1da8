import { outboundClusterName, type DestinationIr, type EndpointSetIr } from '@malla/ir';
import type { MergedDestinationRule, MeshService, MeshWorkload, ProxyView } from '@malla/snapshot';
import { resolveDestination } from '../destination/destination.ts';
import { resolveEndpoints } from '../endpoints/endpoints.ts';
import type { SliceMemo } from '../memo.ts';
import { destinationInputs } from '../mesh-inputs.ts';
import { peerPoliciesFor, type PeerPolicies } from '../mutual-tls.ts';
import { isHttp, protocolOf } from '../protocol.ts';
import { takeHostSlice, type HostSlice } from './host-slice.ts';
import type { CredentialReference } from './secrets.ts';

/** All slices of one host for one scope. Lists keep their identity while their slices do. */
export interface ServiceSlices {
  readonly host: string;
  /** Absent for a host that only VirtualServices name. */
  readonly service: MeshService | undefined;
  readonly destinations: readonly DestinationIr[];
  readonly endpoints: readonly EndpointSetIr[];
  readonly hosts: readonly HostSlice[];
  /** Secrets that its clusters need. */
  readonly credentials: readonly CredentialReference[];
}

const noLabels: Readonly<Record<string, string>> = {};
const noAccounts: readonly string[] = [];
const noWorkloads: readonly MeshWorkload[] = [];

/** The slices of a service as a scope sees it; those with unchanged inputs come from memory, and so does the whole when all are unchanged. */
export function takeServiceSlices(memo: SliceMemo, view: ProxyView, service: MeshService): ServiceSlices {
  const rule = view.destinationRule(service);
  const policies = peerPoliciesFor(view.snapshot, service.namespace);
  const workloads = view.snapshot.workloadSets.get(service.host);
  const hosts: HostSlice[] = [];
  for (const port of service.ports) {
    const slice = isHttp(protocolOf(port))
      ? takeHostSlice({ memo, view, host: service.host, service, port: port.port })
      : undefined;
    if (slice !== undefined) hosts.push(slice);
  }
  const options = destinationInputs(view.snapshot.mesh);
  const inputs = [...options, service, rule, workloads, policies.mesh, policies.namespace, ...hosts];
  return memo.take('service', service.host, inputs, () => {
    const subsets = ['', ...(rule?.subsets.map((subset) => subset.name) ?? [])];
    const units = service.ports.flatMap((port) =>
      subsets.map((subset) => ({ memo, view, service, rule, port, subset, policies })),
    );
    const endpoints = units.map(takeEndpoints);
    const destinations = units.map(takeDestination);
    return {
      host: service.host,
      service,
      destinations:
        service.entry?.resolves === true
          ? destinations.map((destination, i) => ({ ...destination, lookedUp: endpoints[i] as EndpointSetIr }))
          : destinations,
      endpoints,
      hosts,
      credentials: credentialsOf(rule),
    };
  });
}

interface Unit {
  readonly memo: SliceMemo;
  readonly view: ProxyView;
  readonly service: MeshService;
  readonly rule: MergedDestinationRule | undefined;
  readonly port: MeshService['ports'][number];
  readonly subset: string;
  readonly policies: PeerPolicies;
}

function takeDestination({ memo, view, service, rule, port, subset }: Unit): DestinationIr {
  const { mesh, workloadSets } = view.snapshot;
  const serviceAccounts = workloadSets.get(service.host)?.serviceAccounts ?? noAccounts;
  return memo.take(
    'destination',
    outboundClusterName(port.port, subset, service.host),
    [...destinationInputs(mesh), service, rule, serviceAccounts],
    () => resolveDestination({ mesh, service, port, subset, rule, serviceAccounts }),
  );
}

function takeEndpoints({ memo, view, service, rule, port, subset, policies }: Unit): EndpointSetIr {
  const workloads = view.snapshot.workloadSets.get(service.host)?.workloads ?? noWorkloads;
  const labels = rule?.subsets.find((s) => subset !== '' && s.name === subset)?.labels ?? noLabels;
  // Whoever prefers nobody shares the set with all.
  const from = service.trafficDistribution === undefined ? '' : view.scope.locality;
  const inputs = [service, workloads, labelsText(labels), policies.mesh, policies.namespace, from];
  return memo.take('endpoints', outboundClusterName(port.port, subset, service.host), inputs, () =>
    resolveEndpoints({ service, port, subset, labels, workloads, policies, from }),
  );
}

/** Labels by value, so that a rule that changes elsewhere leaves its subsets' endpoints alone. */
function labelsText(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function credentialsOf(rule: MergedDestinationRule | undefined): readonly CredentialReference[] {
  const policies =
    rule === undefined ? [] : [rule.trafficPolicy, ...rule.subsets.map((subset) => subset.trafficPolicy)];
  const blocks = policies.flatMap((policy) =>
    policy === undefined ? [] : [policy, ...(policy.portLevelSettings ?? [])],
  );
  const names = new Set(blocks.flatMap(({ tls }) => (tls?.credentialName === undefined ? [] : [tls.credentialName])));
  return [...names].map((name) => ({ name, namespace: rule?.namespace ?? '' }));
}
