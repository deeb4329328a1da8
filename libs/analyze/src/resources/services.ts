import { kindRefs } from './kind-refs.ts';
import { SelectorIndex, type Labels } from './labels.ts';
import { items, number, text, textMap } from './read.ts';
import type { Derivation, ResourceSet } from './resource-set.ts';
import type { Subject } from './subject.ts';

const index: Derivation<Map<string, SelectorIndex<Subject>>> = {
  inputs: [kindRefs.service],
  build(set) {
    const byNamespace = new Map<string, SelectorIndex<Subject>>();
    for (const service of set.list(kindRefs.service)) {
      const own = byNamespace.get(service.namespace) ?? new SelectorIndex<Subject>();
      own.add(textMap(service.spec, 'selector'), service);
      byNamespace.set(service.namespace, own);
    }
    return byNamespace;
  },
};

/** Services of a namespace whose selector takes the labels; `empty` says whether those without a selector count. */
export function servicesTaking(set: ResourceSet, namespace: string, labels: Labels, empty: boolean): Subject[] {
  return [...(set.derive(index).get(namespace)?.taking(labels, empty) ?? [])];
}

/** A port of a Service with Kubernetes' defaults. */
export interface ServicePort {
  readonly name: string;
  readonly port: number;
  /** As written: a number, the name of a port, or empty. */
  readonly targetPort: string;
  readonly protocol: string;
  readonly appProtocol: string | undefined;
}

/** Ports of a Service. */
export function portsOf(service: Subject): readonly ServicePort[] {
  return items(service.spec, 'ports').map((port) => ({
    name: text(port, 'name'),
    port: number(port, 'port') ?? 0,
    targetPort: String(port['targetPort'] ?? ''),
    protocol: text(port, 'protocol') || 'TCP',
    appProtocol: typeof port['appProtocol'] === 'string' ? port['appProtocol'] : undefined,
  }));
}
