import type { Proxy } from '@malla/ir';
import { namespacedKey, type MeshServicePort, type MeshSnapshot } from '@malla/snapshot';

/** Finds the workload's port that a service port leads to. */
export type PortLookup = (port: MeshServicePort) => number | undefined;

/**
 * Target ports as numbers. A named one is looked up in what the workload registered; with explicit listeners that is the address peers connect to,
 * and the proxy's own declaration tells the port behind it.
 */
export function portLookup(snapshot: MeshSnapshot, proxy: Proxy): PortLookup {
  const ports = snapshot.workloads.get(namespacedKey(proxy.namespace, proxy.workload))?.ports ?? {};
  const { interception } = proxy;
  const declared = interception.mode === 'NONE' ? interception.inbound : [];
  return ({ targetPort }) => {
    if (typeof targetPort === 'number') return targetPort;
    const advertised = Object.hasOwn(ports, targetPort) ? ports[targetPort] : undefined;
    return declared.find(({ bind }) => bind.port === advertised)?.targetPort ?? advertised;
  };
}

/** Target ports that a proxy declares to serve itself. */
export function declaredPorts({ interception }: Proxy): readonly number[] {
  return interception.mode === 'NONE' ? interception.inbound.map(({ targetPort }) => targetPort) : [];
}
