import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { selectorText } from '../../resources/labels.ts';
import { podsOf } from '../../resources/pods.ts';
import { dataAt, items, number, text, textMap, texts, type Data } from '../../resources/read.ts';
import type { Derivation } from '../../resources/resource-set.ts';
import type { Subject } from '../../resources/subject.ts';

/** Servers by selector, port, bind and host; and the selectors of other Gateways that select pods of a selector too. */
interface Servers {
  readonly gateways: ReadonlyMap<string, readonly Subject[]>;
  readonly related: ReadonlyMap<string, ReadonlySet<string>>;
  readonly selectors: ReadonlySet<string>;
}

function keyOf(selector: string, server: Data, host: string): string {
  const port = number(dataAt(server, 'port'), 'number') ?? 0;
  return [selector, port, text(server, 'bind'), host].join('\n');
}

const servers: Derivation<Servers> = {
  inputs: [kindRefs.gateway, kindRefs.pod],
  build(set) {
    const gateways = new Map<string, Subject[]>();
    const selectors = new Map<string, Readonly<Record<string, string>>>();
    for (const gateway of set.list(kindRefs.gateway)) {
      const selector = textMap(gateway.spec, 'selector');
      const selectorKey = selectorText(selector);
      for (const server of items(gateway.spec, 'servers')) {
        selectors.set(selectorKey, selector);
        for (const host of texts(server, 'hosts')) {
          const key = keyOf(selectorKey, server, host);
          const known = gateways.get(key);
          if (known === undefined) gateways.set(key, [gateway]);
          else if (known.at(-1) !== gateway) known.push(gateway);
        }
      }
    }
    return { gateways, related: relatedSelectors(selectors, podsOf(set)), selectors: new Set(selectors.keys()) };
  },
};

/** Selectors that share a pod. As in Istio, only where the text of one is a part of the other's. */
function relatedSelectors(
  selectors: ReadonlyMap<string, Readonly<Record<string, string>>>,
  pods: ReturnType<typeof podsOf>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const byPod = new Map<Subject, string[]>();
  for (const [key, selector] of selectors) {
    for (const pod of pods.all.matching(selector)) byPod.set(pod, [...(byPod.get(pod) ?? []), key]);
  }
  const related = new Map<string, Set<string>>();
  const groups = new Set([...byPod.values()].map((keys) => keys.join('\0')));
  for (const group of groups) {
    const keys = group.split('\0');
    for (const key of keys)
      for (const other of keys)
        if (key !== other && (key.includes(other) || other.includes(key)))
          related.set(key, (related.get(key) ?? new Set()).add(other));
  }
  return related;
}

/** Whether several Gateways of one workload have the same port and host. */
export const conflictingGateways: Analyzer = {
  name: 'gateway.ConflictingGatewayAnalyzer',
  description: 'Checks that Gateways of a workload do not have the same port and host',
  inputs: [kindRefs.gateway, kindRefs.pod],
  origins: [kindRefs.gateway],
  codes: ['IST0101', 'IST0145'],
  *analyze({ set, subjects }) {
    for (const subject of subjects(kindRefs.gateway)) {
      const { gateways, related, selectors } = set.derive(servers);
      const selector = selectorText(textMap(subject.spec, 'selector'));
      if (selector !== '' && items(subject.spec, 'servers').length === 0 && !selectors.has(selector)) {
        const path = ['spec', 'selector', ...Object.keys(textMap(subject.spec, 'selector')).sort().slice(0, 1)];
        yield findingOf('IST0101', { subject, args: ['selector', selector], path });
      }
      for (const [i, server] of items(subject.spec, 'servers').entries()) {
        const others = new Set<string>();
        for (const host of texts(server, 'hosts'))
          for (const each of [selector, ...(related.get(selector) ?? [])])
            for (const gateway of gateways.get(keyOf(each, server, host)) ?? [])
              if (gateway !== subject) others.add(gateway.fullName);
        if (others.size === 0) continue;
        const port = String(number(dataAt(server, 'port'), 'number') ?? 0);
        const args = [[...others].sort().join(','), selector, port, texts(server, 'hosts').join(',')];
        yield findingOf('IST0145', { subject, args, path: ['spec', 'servers', i] });
      }
    }
  },
};
