import { outboundClusterName, type HashPolicyIr, type Origin } from '@malla/ir';
import type { Destination } from '@malla/model';
import { expandHost, type MergedDestinationRule, type MeshService } from '@malla/snapshot';
import { resolveHash } from '../destination/load-balancer.ts';
import { policyFor } from '../destination/policy.ts';
import type { Diagnostic } from '../diagnostics.ts';

/** What is known of a host that routes lead to. */
export interface KnownDestination {
  readonly service: MeshService | undefined;
  /** Names of the subsets that its DestinationRule defines. */
  readonly subsets: readonly string[];
  /** The rule, if any of its policies hashes requests. */
  readonly hashRule: MergedDestinationRule | undefined;
}

/** Where references of one VirtualService are looked up. */
export interface DestinationTable {
  /** Namespace of the VirtualService, for short host names. */
  readonly namespace: string;
  readonly domainSuffix: string;
  /** Port of the virtual host: the default of destinations with several ports. */
  readonly port: number;
  readonly known: ReadonlyMap<string, KnownDestination>;
  readonly origin: Origin;
  readonly report: (diagnostic: Diagnostic) => void;
}

/** A destination found: its cluster and how requests to it are hashed. */
export interface FoundDestination {
  readonly cluster: string;
  readonly hash: readonly HashPolicyIr[];
}

/**
 * The cluster of a destination. What does not exist still gets its name: the proxy answers 503 for it, and starts to route when it appears.
 */
export function findDestination(destination: Destination, table: DestinationTable): FoundDestination {
  const host = expandHost(destination.host, table.namespace, table.domainSuffix);
  const subset = destination.subset ?? '';
  const known = table.known.get(host);
  const onlyPort = known?.service?.ports.length === 1 ? known.service.ports[0]?.port : undefined;
  const port = destination.port?.number ?? onlyPort ?? table.port;
  reportDangling({ host, subset, port, known, table });
  const policy = policyFor(known?.hashRule, subset, port);
  return { cluster: outboundClusterName(port, subset, host), hash: resolveHash(policy.loadBalancer) };
}

interface Reference {
  readonly host: string;
  readonly subset: string;
  readonly port: number;
  readonly known: KnownDestination | undefined;
  readonly table: DestinationTable;
}

function reportDangling({ host, subset, port, known, table }: Reference): void {
  const { origin, report } = table;
  if (known?.service === undefined) {
    report({ code: 'dangling_host', message: `host ${host} is no service that clients see`, origin });
  } else if (!known.service.ports.some((p) => p.port === port)) {
    report({ code: 'dangling_port', message: `service ${host} has no port ${port}`, origin });
  } else if (subset !== '' && !known.subsets.includes(subset)) {
    report({ code: 'dangling_subset', message: `no DestinationRule defines subset ${subset} of ${host}`, origin });
  }
}
