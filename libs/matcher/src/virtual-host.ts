import type { VirtualHostIr } from '@malla/ir';
import { HostTable } from './host-table.ts';

const tables = new WeakMap<readonly VirtualHostIr[], Map<boolean, HostTable<VirtualHostIr>>>();

/** The virtual host that serves an authority, see {@link HostTable}. Tables are kept as long as the list. */
export function findVirtualHost(
  virtualHosts: readonly VirtualHostIr[],
  authority: string,
  matchPorts = false,
): VirtualHostIr | undefined {
  const known = tables.get(virtualHosts) ?? new Map<boolean, HostTable<VirtualHostIr>>();
  tables.set(virtualHosts, known);
  const table = known.get(matchPorts) ?? hostTable(virtualHosts, matchPorts);
  known.set(matchPorts, table);
  return table.find(authority);
}

/** A table of virtual hosts. */
export function hostTable<T extends VirtualHostIr>(virtualHosts: readonly T[], matchPorts: boolean): HostTable<T> {
  return new HostTable(
    virtualHosts.map((value) => ({ domains: value.domains, value })),
    matchPorts,
  );
}
