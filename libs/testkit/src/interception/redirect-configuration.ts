import { Emitter, type XdsResources } from '@malla/emit';
import { bind, layoutOf, Resolver } from '@malla/resolve';
import { applyChanges, emptySnapshot, scopeOf, viewOf, type MeshOptions } from '@malla/snapshot';
import { redirectCluster, redirectProxy, redirectResources, redirectWorkloads } from './redirect-mesh.ts';

/** The control plane's translation for one of the proxies. */
export function redirectConfiguration(who: 'client' | 'server', options: Partial<MeshOptions> = {}): XdsResources {
  const proxy = redirectProxy(who);
  const snapshot = applyChanges(emptySnapshot(options), {
    upserts: redirectResources(),
    workloads: { upserts: redirectWorkloads() },
    kubernetes: redirectCluster(),
  });
  const resolver = new Resolver();
  const outbound = resolver.outbound(viewOf(snapshot, scopeOf(snapshot, proxy)), layoutOf(proxy));
  const inbound = resolver.inbound(snapshot, proxy);
  const listeners = bind({ outbound, inbound, proxy });
  const { trustDomain } = snapshot.mesh;
  return new Emitter().emit({ outbound, inbound, listeners, dataPlane: proxy.dataPlane, trustDomain });
}
