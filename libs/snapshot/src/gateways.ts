import type { VirtualService } from '@malla/model';
import { namespacedKey } from './resource-key.ts';

/** The gateway name that means every sidecar. */
export const meshGateway = 'mesh';

/**
 * The gateway that a VirtualService of a namespace names, as `namespace/name`, or `mesh`. Written as `name`, `namespace/name`, `./name`, or the old
 * `name.namespace.svc.cluster.local`. Source: Istio pilot/pkg/model, resolveGatewayName.
 */
export function gatewayName(written: string, namespace: string): string {
  if (written === meshGateway) return written;
  const slash = written.indexOf('/');
  if (slash >= 0) {
    const own = written.slice(0, slash);
    return namespacedKey(own === '.' ? namespace : own, written.slice(slash + 1));
  }
  const [name = '', named] = written.split('.');
  return namespacedKey(named ?? namespace, name);
}

/** The gateways that a VirtualService is for besides `mesh`, each once: those of its matches must be among its own. */
export function gatewaysOf(resource: VirtualService | undefined): ReadonlySet<string> {
  const namespace = resource?.metadata.namespace ?? '';
  const names = (resource?.spec?.gateways ?? []).map((written) => gatewayName(written, namespace));
  return new Set(names.filter((name) => name !== meshGateway));
}
