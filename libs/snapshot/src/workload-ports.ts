import type { MeshServicePort } from './service.ts';
import type { MeshWorkload } from './workload.ts';

/**
 * The port at which a workload is reached for a service port: what it maps the service port's name to, else its target port, else the target port itself
 * when that is a number. A named target port that the workload does not have is none.
 */
export function workloadPort(
  { ports }: Pick<MeshWorkload, 'ports'>,
  { name, targetPort }: MeshServicePort,
): number | undefined {
  const mapped = portOf(ports, name) ?? portOf(ports, String(targetPort));
  return mapped ?? (typeof targetPort === 'number' ? targetPort : undefined);
}

/** `constructor` is a good name of a port, and every object has a property of that name. */
function portOf(ports: MeshWorkload['ports'], name: string): number | undefined {
  return Object.hasOwn(ports, name) ? ports[name] : undefined;
}
