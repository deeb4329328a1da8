import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { dataAt, items, number, text, texts } from '../../resources/read.ts';
import type { Derivation } from '../../resources/resource-set.ts';
import type { Subject } from '../../resources/subject.ts';

/** Protocols whose connections tell nothing of the host that they are for. */
const opaque = new Set(['', 'TCP', 'MONGO', 'MYSQL', 'REDIS']);

interface TcpPort {
  readonly number: number;
  readonly index: number;
}

/** TCP ports of a ServiceEntry that a proxy can tell from others only by their number. */
function bareTcpPorts({ spec, resource }: Subject): TcpPort[] {
  const allocated = dataAt(resource, 'status')['addresses'];
  const hasAddresses = texts(spec, 'addresses').length > 0 || (Array.isArray(allocated) && allocated.length > 0);
  if (hasAddresses) return [];
  return items(spec, 'ports').flatMap((port, index) =>
    opaque.has(text(port, 'protocol').toUpperCase()) ? [{ number: number(port, 'number') ?? 0, index }] : [],
  );
}

const byPort: Derivation<ReadonlyMap<number, readonly Subject[]>> = {
  inputs: [kindRefs.serviceEntry],
  build(set) {
    const found = new Map<number, Subject[]>();
    for (const subject of set.list(kindRefs.serviceEntry))
      for (const port of bareTcpPorts(subject)) {
        const known = found.get(port.number);
        if (known === undefined) found.set(port.number, [subject]);
        else if (known.at(-1) !== subject) known.push(subject);
      }
    return found;
  },
};

const shown = 3;

/**
 * Whether TCP services outside the mesh can be told apart. Services are an input so that files alone are not judged: which addresses are
 * allocated is only known where the whole mesh is.
 */
export const sharedTcpPorts: Analyzer = {
  name: 'malla.SharedTcpPortAnalyzer',
  description: 'Checks that ServiceEntries without addresses do not share a TCP port',
  inputs: [kindRefs.serviceEntry, kindRefs.service],
  origins: [kindRefs.serviceEntry],
  codes: ['MAL0104'],
  *analyze({ set, subjects, mesh }) {
    if (mesh.proxyMetadata['ISTIO_META_DNS_CAPTURE'] === 'true') return;
    for (const subject of subjects(kindRefs.serviceEntry))
      for (const { number: port, index } of bareTcpPorts(subject)) {
        const others = (set.derive(byPort).get(port) ?? []).filter((each) => each !== subject);
        if (others.length === 0) continue;
        const rest = others.length > shown ? ` and ${others.length - shown} more` : '';
        const names = others.slice(0, shown).map((each) => each.fullName);
        const path = ['spec', 'ports', index, 'number'];
        yield findingOf('MAL0104', { subject, args: [port, names.sort().join(', ') + rest], path });
      }
  },
};
