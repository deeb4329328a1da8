import type { MeshServicePort } from './service.ts';
import type { MeshWorkload } from './workload.ts';

/**
 * The port at which a workload is reached for a service port: what it maps the service port's name to, else its target port, else the target port itself
 * when that is a number. A named target port that the workload does not have is none. An endpoint that EndpointSlices list says it by the service
 * port's name, and a pod names its own ports.
 */
export function workloadPort(
  { ports, pod, listed }: Pick<MeshWorkload, 'ports' | 'pod' | 'listed'>,
  { name, targetPort }: MeshServicePort,
): number | undefined {
  if (listed === true) return portOf(ports, name);
  if (pod === true) return typeof targetPort === 'number' ? targetPort : portOf(ports, targetPort);
  const mapped = portOf(ports, name) ?? portOf(ports, String(targetPort));
  return mapped ?? (typeof targetPort === 'number' ? targetPort : undefined);
}

/** `constructor` is a good name of a port, and every object has a property of that name. */
function portOf(ports: MeshWorkload['ports'], name: string): number | undefined {
  return Object.hasOwn(ports, name) ? ports[name] : undefined;
}
