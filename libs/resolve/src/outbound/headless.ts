import { outboundClusterName, type DestinationIr, type EndpointSetIr, type OutboundServiceIr } from '@malla/ir';
import type { MeshService } from '@malla/snapshot';
import { isHttp, protocolOf } from '../protocol.ts';

/** A TCP port of a headless service, as proxies that capture traffic have it. */
export interface HeadlessPort {
  readonly service: MeshService;
  readonly port: number;
  readonly endpoints: EndpointSetIr;
  /** As every layout has it. */
  readonly destination: DestinationIr;
}

const none: readonly HeadlessPort[] = [];

/**
 * The TCP ports of headless services. Their clients look up the workloads and mean the one that they call, so a proxy that captures traffic must not
 * choose another: each workload's address has a listener of its own, and the cluster goes where the connection was going.
 * Source: Istio, pilot/pkg/networking/core, listener.go, buildSidecarOutboundListeners (headless services).
 */
export function headlessPorts(
  services: readonly MeshService[],
  destinations: readonly DestinationIr[],
  endpoints: readonly EndpointSetIr[],
): readonly HeadlessPort[] {
  const headless = services.filter((service) => service.headless === true);
  if (headless.length === 0) return none;
  const sets = new Map(endpoints.map((set) => [set.cluster, set]));
  const byName = new Map(destinations.map((destination) => [destination.name, destination]));
  return headless.flatMap((service) =>
    service.ports.flatMap((port): readonly HeadlessPort[] => {
      const cluster = outboundClusterName(port.port, '', service.host);
      const [set, destination] = [sets.get(cluster), byName.get(cluster)];
      if (isHttp(protocolOf(port)) || set === undefined || destination === undefined) return none;
      return [{ service, port: port.port, endpoints: set, destination }];
    }),
  );
}

/** Whether two lists say the same. */
export function sameHeadless(a: readonly HeadlessPort[], b: readonly HeadlessPort[]): boolean {
  const same = ({ service, endpoints, destination }: HeadlessPort, other: HeadlessPort | undefined) =>
    service === other?.service && endpoints === other.endpoints && destination === other.destination;
  return a.length === b.length && a.every((port, i) => same(port, b[i]));
}

/** Where clients call it. Workloads without a proxy are called as they are, unless a DestinationRule says how. */
export function membersOf({ endpoints, destination }: HeadlessPort): NonNullable<OutboundServiceIr['members']> {
  return endpoints.localities.flatMap((locality) =>
    locality.endpoints.map(({ address, port, mutualTls }) => ({
      address,
      port,
      asIs: destination.tls.kind === 'auto' && !mutualTls,
    })),
  );
}

const redirected = new WeakMap<DestinationIr, DestinationIr>();

/** The destinations with those of headless TCP ports going where the connection was going. */
export function withOriginalDestinations(
  destinations: readonly DestinationIr[],
  ports: readonly HeadlessPort[],
): readonly DestinationIr[] {
  if (ports.length === 0) return destinations;
  const headless = new Set(ports.map(({ destination }) => destination));
  return destinations.map((destination) =>
    headless.has(destination) ? toOriginalDestination(destination) : destination,
  );
}

function toOriginalDestination(destination: DestinationIr): DestinationIr {
  const known = redirected.get(destination);
  if (known !== undefined) return known;
  const { tls } = destination;
  const made: DestinationIr = {
    ...destination,
    originalDestination: true,
    // Whether the workload takes mutual TLS was decided by the listener.
    tls: tls.kind === 'auto' ? { ...tls, kind: 'mesh' } : tls,
  };
  redirected.set(destination, made);
  return made;
}
