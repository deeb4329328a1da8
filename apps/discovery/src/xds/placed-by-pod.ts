import type { Proxy } from '@malla/ir';
import { namespacedKey, type MeshSnapshot } from '@malla/snapshot';

/**
 * The proxy at the place of its Pod. An agent in a Pod does not know its node's region and zone, so the registry tells, as Istio's does; what the
 * proxy says itself counts.
 */
export function placedByPod(proxy: Proxy, snapshot: MeshSnapshot): Proxy {
  if (proxy.locality !== '' && proxy.network !== '') return proxy;
  const pod = snapshot.pods.get(namespacedKey(proxy.namespace, proxy.workload));
  if (pod === undefined) return proxy;
  return { ...proxy, locality: proxy.locality || pod.locality, network: proxy.network || pod.network };
}
